import {
  connectAsStranger,
  type Endpoint,
  type StrangerAttempt,
  simRank,
  type TcpConnection,
} from '../../core/runtime/index.ts';
import type { JournalEntry } from './journal.ts';
import { type World, type WorldOptions, world } from './world.ts';

type Timed = { readonly atMs: number; run(): void };

/**
 * Repeats a recorded run: a fresh server of the same seed and configuration gets every input of the
 * journal at its time, and no phone is there. Resolves at the journal's end, before the stop.
 * @throws Error on lines that are no journal.
 */
export async function replay(lines: Iterable<string>, options: Omit<WorldOptions, 'seed'> = {}): Promise<World> {
  const entries = [...lines].map((line) => JSON.parse(line) as JournalEntry);
  const [head] = entries;
  const end = entries.at(-1);
  if (head?.kind !== 'world' || end?.kind !== 'end') throw new Error('not a journal: no world or no end');
  const config = head.config as NonNullable<WorldOptions['config']>;
  const repeated = await world({ config, hashes: true, ...options, seed: head.seed, phone: null });
  const { clock, driver } = repeated;
  if (clock.nowMs() !== head.startMs) throw new Error('the journal begins at another time');
  const player = new Player(repeated);
  player.play(entries, end.atMs);
  await driver.advance(end.atMs - clock.nowMs());
  return repeated;
}

/** Feeds entries to the server; timers are made one after the other, so that a long journal costs no memory. */
class Player {
  readonly #world: World;
  readonly #payloads = new Map<number, Uint8Array>();
  readonly #connections = new Map<number, TcpConnection>();
  readonly #attempts: StrangerAttempt[] = [];

  constructor(target: World) {
    this.#world = target;
    target.internet.onStranger = (attempt) => this.#attempts.push(attempt);
  }

  play(entries: readonly JournalEntry[], endMs: number): void {
    for (const entry of entries) {
      if (entry.kind === 'payload') this.#payloads.set(entry.id, bytesOf(entry.base64));
      else if (entry.kind === 'rtp') this.#playRun(entry, endMs);
    }
    const single = entries.flatMap((entry): Timed[] => {
      if (!('atMs' in entry) || entry.kind === 'rtp' || entry.kind === 'end') return [];
      return [{ atMs: entry.atMs, run: () => this.#playOne(entry) }];
    });
    this.#schedule(single, 0);
  }

  #schedule(timed: readonly Timed[], index: number): void {
    const next = timed[index];
    if (next === undefined) return;
    const { clock } = this.#world;
    clock.at(
      next.atMs,
      () => {
        next.run();
        this.#schedule(timed, index + 1);
      },
      simRank.arrival,
    );
  }

  #playOne(entry: Exclude<JournalEntry, { kind: 'rtp' | 'payload' | 'world' | 'end' }>): void {
    const { internet, clock } = this.#world;
    if (entry.kind === 'datagram') {
      internet.inject(endpoint(entry.from), endpoint(entry.to), bytesOf(entry.base64));
    } else if (entry.kind === 'invoke') {
      // As in the recorded run: after everything else of this instant.
      const { module, name, args } = entry;
      clock.at(clock.nowMs(), () => void this.#invoke(`${module}.${name}`, args), simRank.test);
    } else this.#playTcp(entry);
  }

  #invoke(name: string, args: unknown): Promise<void> {
    const list = args as Parameters<World['invokeAs']>[2];
    const { server } = this.#world;
    const [module = '', ...rest] = name.split('.');
    const context = {
      caller: { name: 'test', scopes: ['*:*'], limits: {} },
      face: 'json-rpc' as const,
      source: 'in-process',
      deadlineMs: null,
      traceId: 'test',
      log: this.#world.seams.log,
    };
    return server.bus.invoke(module, rest.join('.'), list, context).then(
      () => {},
      () => {}, // it failed in the recorded run as well
    );
  }

  #playTcp(entry: Extract<JournalEntry, { kind: 'tcp' }>): void {
    const { internet } = this.#world;
    switch (entry.event) {
      case 'accepted': {
        const end = connectAsStranger(internet, endpoint(entry.peer), endpoint(entry.at));
        if (end !== null) this.#connections.set(entry.connection, end);
        break;
      }
      case 'connected':
      case 'refused': {
        const attempt = this.#attempts.shift();
        if (entry.event === 'connected' && attempt !== undefined) {
          this.#connections.set(entry.connection, attempt.accept());
        } else attempt?.refuse('as recorded');
        break;
      }
      case 'data':
        this.#connections.get(entry.connection)?.write(bytesOf(entry.base64));
        break;
      case 'closed':
        this.#connections.get(entry.connection)?.end();
        this.#connections.delete(entry.connection);
        break;
    }
  }

  /** One timer at a time for the whole run. */
  #playRun(run: Extract<JournalEntry, { kind: 'rtp' }>, endMs: number): void {
    const { internet, clock } = this.#world;
    const header = Buffer.from(run.header, 'hex');
    const from = endpoint(run.from);
    const to = endpoint(run.to);
    const sequence = header.readUInt16BE(2);
    const timestamp = header.readUInt32BE(4);
    const step = (index: number): void => {
      const payload = this.#payloads.get(run.payloads[index % run.payloads.length] ?? -1) ?? new Uint8Array(0);
      const packet = new Uint8Array(12 + payload.length);
      packet.set(header);
      packet.set(payload, 12);
      if (index > 0) packet[1] = (header[1] ?? 0) & 0x7f;
      const view = new DataView(packet.buffer);
      view.setUint16(2, (sequence + index) & 0xffff);
      view.setUint32(4, (timestamp + index * run.timestampStep) >>> 0);
      internet.inject(from, to, packet);
      schedule(index + 1);
    };
    const schedule = (index: number): void => {
      const atMs = run.atMs + index * run.everyMs;
      if (index < run.count && atMs <= endMs) clock.at(atMs, () => step(index), simRank.arrival);
    };
    schedule(0);
  }
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

function endpoint(text: string): Endpoint {
  const at = text.lastIndexOf(':');
  return { address: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}
