/** The calls of the server, kept up by events: asked for once, then never again while the connection stands. */
import type { Events, JsonObject, Methods } from '../../../typescript/index.ts';

export type CallRow = ReturnType<Methods['call.list']>[number];
type Started = Events['call.started'];

export interface LiveEvent {
  readonly name: string;
  readonly payload: JsonObject;
}

const mostGone = 10_000;

export class LiveCalls {
  /** By tag, oldest first. */
  #calls = new Map<string, CallRow>();
  /** The last that ended: a list that was asked for before may still have them, and old events may come late. */
  readonly #gone = new Set<string>();

  get size(): number {
    return this.#calls.size;
  }

  get(tag: string): CallRow | undefined {
    return this.#calls.get(tag);
  }

  rows(): readonly CallRow[] {
    return [...this.#calls.values()];
  }

  /** What `call.list` gave. Calls that began meanwhile stay. */
  replace(list: readonly CallRow[]): void {
    const before = this.#calls;
    this.#calls = new Map(list.flatMap((row) => (this.#gone.has(row.call) ? [] : [[row.call, row]])));
    const newest = list.at(-1)?.startedAtMs ?? 0;
    for (const [tag, row] of before) if (row.startedAtMs >= newest && !this.#calls.has(tag)) this.#calls.set(tag, row);
  }

  /** False: the event changes nothing here. */
  apply({ name, payload }: LiveEvent): boolean {
    const tag = payload['call'];
    if (typeof tag !== 'string') return false;
    if (name === 'call.started') return this.#started(tag, payload as unknown as Started); // the contract's word
    if (name === 'call.ended') return this.#ended(tag);
    const row = this.#calls.get(tag);
    const changed = row === undefined ? null : changedBy(name, payload, row);
    if (changed === null) return false;
    this.#calls.set(tag, changed);
    return true;
  }

  /** Somebody asked the server to end it: until its event comes. */
  ending(tag: string): void {
    const row = this.#calls.get(tag);
    if (row !== undefined) this.#calls.set(tag, { ...row, state: 'ending' });
  }

  #started(tag: string, { direction, from, to, ruri, application, sipCallId, startedAtMs, ...more }: Started): boolean {
    if (this.#calls.has(tag) || this.#gone.has(tag)) return false;
    const { account, tariff, data, trace } = more;
    this.#calls.set(tag, {
      call: tag,
      trace,
      direction,
      state: 'new',
      application,
      from,
      to,
      ruri,
      sipCallId,
      peer: '',
      codec: '',
      startedAtMs,
      ...(account === undefined ? {} : { account }),
      ...(tariff === undefined ? {} : { tariff }),
      ...(data === undefined ? {} : { data }),
    });
    return true;
  }

  #ended(tag: string): boolean {
    this.#gone.add(tag);
    const [oldest] = this.#gone.size > mostGone ? this.#gone : [];
    if (oldest !== undefined) this.#gone.delete(oldest);
    return this.#calls.delete(tag);
  }
}

function changedBy(name: string, payload: JsonObject, row: CallRow): CallRow | null {
  if (name === 'call.ringing') return row.state === 'new' ? { ...row, state: 'early' } : null;
  if (name === 'call.answered') {
    const { answeredAtMs, codec } = payload;
    return {
      ...row,
      state: 'connected',
      ...(typeof answeredAtMs === 'number' ? { answeredAtMs } : {}),
      ...(typeof codec === 'string' ? { codec } : {}),
    };
  }
  if (name === 'call.linked') {
    const { other } = payload;
    return typeof other === 'string' ? { ...row, other } : null;
  }
  return null;
}
