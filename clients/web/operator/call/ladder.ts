/** The SIP messages of a call as a ladder: a column for each address, an arrow for each message. */
import type { JsonValue } from '../../../typescript/index.ts';
import { objectsOf, textOf } from '../members.ts';

export interface Message {
  readonly atMs: number;
  readonly incoming: boolean;
  readonly transport: string;
  readonly local: string;
  readonly remote: string;
  readonly text: string;
}

export interface Rung {
  readonly message: Message;
  /** `INVITE`, `200 OK` */
  readonly title: string;
  readonly kind: 'request' | 'provisional' | 'success' | 'redirect' | 'failure';
  /** `1 INVITE` */
  readonly sequence: string;
  /** Places of the columns. */
  readonly from: number;
  readonly to: number;
  /** The same message was there before: it was sent again. */
  readonly again: boolean;
  readonly hasSdp: boolean;
}

export interface Ladder {
  readonly columns: readonly { readonly address: string; readonly ours: boolean }[];
  readonly rungs: readonly Rung[];
}

/** What `trace.call` gave. */
export function messagesOf(list: JsonValue | readonly JsonValue[]): readonly Message[] {
  return objectsOf(list).flatMap((each) => {
    const atMs = Date.parse(textOf(each, 'time'));
    const message = {
      atMs,
      incoming: textOf(each, 'direction') === 'in',
      transport: textOf(each, 'transport'),
      local: textOf(each, 'local'),
      remote: textOf(each, 'remote'),
      text: textOf(each, 'text'),
    };
    return Number.isNaN(atMs) ? [] : [message];
  });
}

/** The peer that spoke first is at the left, then we, then the others. */
export function ladderOf(messages: readonly Message[]): Ladder {
  const sorted = [...messages].sort((a, b) => a.atMs - b.atMs);
  const ours = [...new Set(sorted.map(({ local }) => local))];
  const peers = [...new Set(sorted.map(({ remote }) => remote))].filter((address) => !ours.includes(address));
  const [first, ...others] = peers;
  const left = sorted[0]?.incoming === true && first !== undefined ? [first] : [];
  const right = left.length > 0 ? others : peers;
  const columns = [
    ...left.map((address) => ({ address, ours: false })),
    ...ours.map((address) => ({ address, ours: true })),
    ...right.map((address) => ({ address, ours: false })),
  ];
  const place = new Map(columns.map(({ address }, i) => [address, i]));
  const seen = new Set<string>();
  const rungs = sorted.map((message) => {
    const [source, target] = message.incoming ? [message.remote, message.local] : [message.local, message.remote];
    const key = `${source} ${message.text}`;
    const again = seen.has(key);
    seen.add(key);
    return { message, from: place.get(source) ?? 0, to: place.get(target) ?? 0, again, ...readStart(message.text) };
  });
  return { columns, rungs };
}

function readStart(text: string): Pick<Rung, 'title' | 'kind' | 'sequence' | 'hasSdp'> {
  const [start = ''] = text.split('\r\n', 1);
  const sequence = /^CSeq\s*:\s*(.+?)\s*$/im.exec(text)?.[1] ?? '';
  const hasSdp = /\r\n\r\nv=0\r?\n/.test(text);
  const [, status = '', reason = ''] = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(start) ?? [];
  if (status === '') return { title: start.split(' ', 1)[0] ?? start, kind: 'request', sequence, hasSdp };
  return { title: `${status} ${reason}`.trim(), kind: kinds[Number(status[0])] ?? 'failure', sequence, hasSdp };
}

const kinds: readonly (Rung['kind'] | undefined)[] = [undefined, 'provisional', 'success', 'redirect'];
