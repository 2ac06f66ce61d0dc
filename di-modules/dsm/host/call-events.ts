/** What happens to a call as events of scripts: types and parameters (reference/dsm 3.2), as pure functions. */
import type { DiValue, SipRequest, SipResponse } from '../../../core/index.ts';

export type Parameters = Map<string, string>;

/** Headers that scripts get by other names, or not at all; the rest is `#hdrs`. */
const ownHeaders: ReadonlySet<string> = new Set([
  ...['via', 'v', 'route', 'record-route', 'max-forwards'],
  ...['from', 'f', 'to', 't', 'call-id', 'i', 'cseq', 'contact', 'm', 'rseq', 'rack'],
  ...['content-length', 'l', 'content-type', 'c'],
]);

/** Extra headers as SEMS has them: lines, each with its CRLF. */
export function extraHeaders(message: SipRequest | SipResponse): string {
  return message
    .allHeaders()
    .filter(([name]) => !ownHeaders.has(name.toLowerCase()))
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

function bodyParameters(message: SipRequest | SipResponse): readonly (readonly [string, string])[] {
  return [
    ['content_type', message.header('Content-Type') ?? ''],
    ['body', Buffer.from(message.body).toString('utf8')],
  ];
}

/** `sipRequest`. */
export function requestParameters(message: SipRequest): Parameters {
  return new Map([
    ['method', message.method],
    ['r_uri', message.uri],
    ['from', message.header('From') ?? ''],
    ['to', message.header('To') ?? ''],
    ['hdrs', extraHeaders(message)],
    ['cseq', cseqOf(message)],
    ...bodyParameters(message),
  ]);
}

/** `sipReply`: the names of SEMS's code and those of its documentation (reference/dsm 9). */
export function replyParameters(message: SipResponse, status: string, oldStatus: string): Parameters {
  const code = String(message.status);
  return new Map([
    ['code', code],
    ['reason', message.reason],
    ['sip_code', code],
    ['sip_reason', message.reason],
    ['hdrs', extraHeaders(message)],
    ['cseq', cseqOf(message)],
    ['dlg_status', status],
    ['old_dlg_status', oldStatus],
    ...bodyParameters(message),
  ]);
}

/** `ringing`. */
export function ringingParameters(message: SipResponse): Parameters {
  return new Map([
    ['code', String(message.status)],
    ['reason', message.reason],
    ['has_body', String(message.body.length > 0)],
  ]);
}

/** `failed`, `B2B.otherReply` (with `hdrs`), `remoteDisappeared`. */
export function statusParameters(status: number, reason: string): Parameters {
  return new Map([
    ['code', String(status)],
    ['reason', reason],
  ]);
}

/** "reply 404 408 410 416 480 482 483 484 485 502 604 to any request", and 481, as documented. */
export const disappearedStatuses: ReadonlySet<number> = new Set([
  404, 408, 410, 416, 480, 481, 482, 483, 484, 485, 502, 604,
]);

/** 0-9, 10=`*`, 11=`#`, 12-15=A-D. */
export function keyNumber(key: string): string {
  const at = '0123456789*#ABCD'.indexOf(key.toUpperCase());
  return at < 0 ? key : String(at);
}

/** The key of a number of `sendDTMF`; null: there is none that a phone has. */
export function keyOfNumber(number: number): string | null {
  return '0123456789*#ABCD'[number] ?? null;
}

/** Pairs as they pass a mailbox, and back; names may be anything, `__proto__` too. */
export function packParameters(parameters: ReadonlyMap<string, string>): DiValue {
  return [...parameters].map(([name, value]) => [name, value]);
}

export function unpackParameters(data: DiValue): Parameters {
  const parameters: Parameters = new Map();
  if (!Array.isArray(data)) return parameters;
  for (const pair of data as readonly DiValue[]) {
    if (!Array.isArray(pair)) continue;
    const [name, value] = pair as readonly DiValue[];
    if (typeof name === 'string') parameters.set(name, typeof value === 'string' ? value : String(value ?? ''));
  }
  return parameters;
}

function cseqOf(message: SipRequest | SipResponse): string {
  return /^\s*([0-9]+)/.exec(message.header('CSeq') ?? '')?.[1] ?? '0';
}

/** Header text of scripts, each literal `\r\n` a line end, as lines; what is no header is left out. */
export function headerLines(text: string): readonly (readonly [string, string])[] {
  return text
    .replaceAll('\\r\\n', '\r\n')
    .split(/\r?\n/)
    .flatMap((line) => {
      const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*)$/.exec(line);
      return found === null ? [] : [[found[1] ?? '', printable(found[2] ?? '').trim()] as const];
    });
}

/** Without control characters: they must not get into a message. */
function printable(text: string): string {
  return [...text].filter((char) => char >= ' ' || char === '\t').join('');
}
