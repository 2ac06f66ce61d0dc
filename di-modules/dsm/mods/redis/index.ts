/** Redis (reference/dsm 5.9). */
import { CodedError, type DsmModule, type DsmScript } from '../../../../core/index.ts';
import { action } from '../rows.ts';
import { commandWords, isForListeners } from './command.ts';
import { RedisConnection, RedisTrouble } from './connection.ts';
import { type RedisPlace, redisPlace } from './place.ts';

const connectionName = 'db_redis.con';
const maxBound = 1000;
const maxDepth = 16;
/** Scripts whose end frees the connection. */
const freed = new WeakSet<DsmScript>();

export const redis: DsmModule = {
  name: 'mod_redis',
  summary: 'Redis: commands, one by one or appended to each other.',
  actions: [
    action.one('url')({
      name: 'redis.connect',
      summary:
        'Connects: redis://tcp:host;port=6379;connect_timeout=500 or redis://unix:/path. Default: $config.redis_db_url.',
      errno: ['arg', 'connection'],
      run: (script, url) => attempt(script, () => connect(script, url), true),
    }),
    action.none({
      name: 'redis.disconnect',
      summary: 'Ends the connection.',
      errno: ['connection'],
      run: (script) =>
        attempt(
          script,
          () => {
            if (!disconnect(script)) throw new RedisTrouble('connection', 'there is no connection');
          },
          true,
        ),
    }),
    action.one('value')({
      name: 'redis.bind',
      summary: 'One more word for the end of the next command, whatever it holds.',
      errno: ['arg', 'connection'],
      run: (script, value) =>
        attempt(
          script,
          () => {
            const { bound } = connectionNeeded(script);
            if (bound.length >= maxBound) throw new RedisTrouble('arg', `more than ${maxBound} bound words`);
            bound.push(value);
          },
          true,
        ),
    }),
    action.assign(
      'variable:N',
      'command:T',
    )({
      name: 'redis.execCommand',
      summary: 'Runs a command; the reply goes to the variable, of an array to $variable[0], [1], …; nothing is nil.',
      errno: ['arg', 'connection', 'write', 'read', 'unknown'],
      run: (script, variable, command) =>
        attempt(script, async () => {
          const connection = connectionNeeded(script);
          keep(script, variable, await connection.run(wordsOf(connection, command)));
        }),
    }),
    action.one('command:T')({
      name: 'redis.appendCommand',
      summary: 'Appends a command to those that the next getReply sends.',
      errno: ['arg', 'connection'],
      run: (script, command) =>
        attempt(
          script,
          () => {
            const connection = connectionNeeded(script);
            connection.append(wordsOf(connection, command));
          },
          true,
        ),
    }),
    action.one('variable:N')({
      name: 'redis.getReply',
      summary: 'Puts the reply of the next appended command in a variable.',
      errno: ['connection', 'write', 'read', 'unknown'],
      run: (script, variable) =>
        attempt(script, async () => keep(script, variable, await connectionNeeded(script).nextReply())),
    }),
  ],
  conditions: [],
};

/** "clr both" or "**not** cleared on success". */
async function attempt(script: DsmScript, run: () => void | Promise<void>, clears = false): Promise<undefined> {
  try {
    await run();
    if (clears) {
      script.clearError();
      script.variables.set('strerror', '');
    }
  } catch (fault) {
    if (!(fault instanceof RedisTrouble)) throw fault;
    script.log.warn('DSM: mod_redis', { errno: fault.errno, reason: fault.message });
    script.setError(fault.errno, fault.message);
  }
}

async function connect(script: DsmScript, url: string): Promise<void> {
  disconnect(script);
  const connection = await load(script, placeOf(url || script.variables.get('config.redis_db_url')));
  script.objects.set(connectionName, connection);
  if (!freed.has(script)) {
    freed.add(script);
    script.onEnd(() => void disconnect(script));
  }
  await connection.open();
}

function placeOf(url: string): RedisPlace {
  try {
    return redisPlace(url);
  } catch (fault) {
    throw fault instanceof CodedError ? new RedisTrouble('arg', fault.detail) : fault;
  }
}

async function load(script: DsmScript, place: RedisPlace): Promise<RedisConnection> {
  try {
    return await RedisConnection.load(place, script.log);
  } catch (fault) {
    throw fault instanceof CodedError ? new RedisTrouble('connection', fault.message) : fault;
  }
}

function disconnect(script: DsmScript): boolean {
  const connection = script.objects.get(connectionName);
  if (!(connection instanceof RedisConnection)) return false;
  script.objects.delete(connectionName);
  connection.dispose();
  return true;
}

function connectionNeeded(script: DsmScript): RedisConnection {
  const connection = script.objects.get(connectionName);
  if (connection instanceof RedisConnection) return connection;
  throw new RedisTrouble('connection', 'there is no connection: redis.connect comes first');
}

function wordsOf(connection: RedisConnection, command: string): readonly string[] {
  const more = connection.bound;
  connection.bound = [];
  const words = commandWords(command);
  if (words === null || words.length === 0) throw new RedisTrouble('write', 'the command is empty, or a quote is open');
  if (isForListeners(words[0] ?? '')) throw new RedisTrouble('write', `${words[0]} is for connections that listen`);
  return [...words, ...more];
}

/** "nil → `nil`, integer → decimal, array → `dst[i]` recursively". */
function keep(script: DsmScript, variable: string, reply: unknown, depth = 0): void {
  if (depth > maxDepth) throw new RedisTrouble('unknown', 'the reply has too many levels');
  if (Array.isArray(reply)) {
    for (const [index, each] of reply.entries()) keep(script, `${variable}[${index}]`, each, depth + 1);
  } else if (reply === null || reply === undefined) script.variables.set(variable, 'nil');
  else if (reply instanceof Error) throw new RedisTrouble('write', reply.message);
  else if (
    typeof reply === 'string' ||
    typeof reply === 'number' ||
    typeof reply === 'bigint' ||
    typeof reply === 'boolean'
  )
    script.variables.set(variable, String(reply));
  else throw new RedisTrouble('unknown', 'a reply of an unknown type');
}
