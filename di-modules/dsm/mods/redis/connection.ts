import type { Redis } from 'ioredis';
import { CodedError, type Log } from '../../../../core/index.ts';
import { optionalPackage } from '../optional-package.ts';
import type { RedisPlace } from './place.ts';

const commandMs = 5000;
const maxAppended = 1000;

export type RedisErrno = 'arg' | 'connection' | 'write' | 'read' | 'unknown';

/** What `$errno` and `$strerror` tell. */
export class RedisTrouble extends Error {
  readonly errno: RedisErrno;

  constructor(errno: RedisErrno, message: string) {
    super(message);
    this.errno = errno;
  }
}

type Reply = { readonly value: unknown } | { readonly fault: RedisTrouble };

/** A script's connection (avar `db_redis.con`): opened again by the next command after it was lost. */
export class RedisConnection {
  readonly #client: Redis;
  readonly #place: RedisPlace;
  readonly #log: Log;
  #appended: (readonly string[])[] = [];
  #replies: Reply[] = [];
  /** Further words of the next command. */
  bound: string[] = [];

  /** @throws CodedError `package.missing` */
  static async load(place: RedisPlace, log: Log): Promise<RedisConnection> {
    const { Redis: Client } = await optionalPackage('ioredis@6.0.0', () => import('ioredis'));
    const { host, port, path, user, password, database, connectTimeoutMs } = place;
    const client = new Client({
      ...(path === '' ? { host, port } : { path }),
      ...(user === '' ? {} : { username: user }),
      ...(password === '' ? {} : { password }),
      db: database,
      connectTimeout: connectTimeoutMs,
      commandTimeout: commandMs,
      lazyConnect: true,
      enableReadyCheck: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    client.on('error', () => {}); // commands tell it
    return new RedisConnection(client, place, log);
  }

  private constructor(client: Redis, place: RedisPlace, log: Log) {
    this.#client = client;
    this.#place = place;
    this.#log = log;
  }

  /** @throws RedisTrouble `connection` */
  async open(): Promise<void> {
    const { status } = this.#client;
    if (status === 'ready' || status === 'connect') return;
    try {
      await this.#client.connect();
    } catch (fault) {
      throw new RedisTrouble('connection', `${this.#place.shown}: ${textOf(fault)}`);
    }
  }

  /** One command with its reply. @throws RedisTrouble */
  async run(words: readonly string[]): Promise<unknown> {
    await this.open();
    const [name = '', ...args] = words;
    if (this.#place.logsCommands) this.#log.info('DSM: redis command', { command: name, words: words.length });
    try {
      return await this.#client.call(name, ...args);
    } catch (fault) {
      throw troubleOf(fault);
    }
  }

  /** @throws RedisTrouble `arg` */
  append(words: readonly string[]): void {
    if (this.#appended.length + this.#replies.length >= maxAppended)
      throw new RedisTrouble('arg', `more than ${maxAppended} commands wait for getReply`);
    this.#appended.push(words);
  }

  /** The next reply; what was appended is sent now, together. @throws RedisTrouble */
  async nextReply(): Promise<unknown> {
    const commands = this.#appended.splice(0);
    if (commands.length > 0) this.#replies.push(...(await this.#runAll(commands)));
    const reply = this.#replies.shift();
    if (reply === undefined) throw new RedisTrouble('read', 'no command was appended');
    if ('fault' in reply) throw reply.fault;
    return reply.value;
  }

  async #runAll(commands: readonly (readonly string[])[]): Promise<Reply[]> {
    await this.open();
    const order = commands.map((words) => [...words]);
    const batch = this.#place.usesTransactions ? this.#client.multi() : this.#client.pipeline();
    for (const [name = '', ...args] of order) batch.call(name, ...args);
    try {
      const results = (await batch.exec()) ?? [];
      return results.map(([fault, value]) => (fault === null ? { value } : { fault: troubleOf(fault) }));
    } catch (fault) {
      throw troubleOf(fault);
    }
  }

  dispose(): void {
    this.#client.disconnect();
  }
}

/** "`connection`, `write` (also server error reply), `read`, `unknown`". */
function troubleOf(fault: unknown): RedisTrouble {
  const name = fault instanceof Error ? fault.name : '';
  if (name === 'ReplyError') return new RedisTrouble('write', textOf(fault));
  if (/timed out/i.test(textOf(fault))) return new RedisTrouble('read', textOf(fault));
  return new RedisTrouble('connection', textOf(fault));
}

function textOf(fault: unknown): string {
  if (fault instanceof AggregateError) return fault.errors.map(textOf).join('; ');
  if (fault instanceof CodedError) return fault.message;
  return fault instanceof Error && fault.message !== '' ? fault.message : String(fault);
}
