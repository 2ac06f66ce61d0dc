/** The messages of a call as a ladder of text: one column for each address. */
import { formatEndpoint } from '../runtime/index.ts';
import type { TracedMessage } from './types.ts';

const columnWidth = 30;
const mostColumns = 6;

/** Lines of text, with a line break each. */
export function ladder(messages: readonly TracedMessage[]): string {
  const columns = columnsOf(messages);
  const startMs = messages[0]?.unixMs ?? 0;
  const head = `${' '.repeat(9)}${columns.map((column) => column.padEnd(columnWidth)).join('')}`.trimEnd();
  return [head, ...messages.map((message) => rung(message, columns, startMs))].join('\n').concat('\n');
}

function columnsOf(messages: readonly TracedMessage[]): string[] {
  const columns: string[] = [];
  for (const message of messages) {
    for (const name of endsOf(message)) {
      if (!columns.includes(name) && columns.length < mostColumns) columns.push(name);
    }
  }
  return columns;
}

/** Who sent it, who got it. */
function endsOf({ direction, local, remote }: TracedMessage): [from: string, to: string] {
  const [from, to] = direction === 'in' ? [remote, local] : [local, remote];
  return [formatEndpoint(from), formatEndpoint(to)];
}

function rung(message: TracedMessage, columns: readonly string[], startMs: number): string {
  const seconds = ((message.unixMs - startMs) / 1000).toFixed(3).padStart(8);
  const [from, to] = endsOf(message).map((name) => columns.indexOf(name));
  const label = labelOf(message);
  if (from === undefined || to === undefined || from < 0 || to < 0 || from === to) return `${seconds} ${label}`;
  const left = Math.min(from, to);
  const width = Math.abs(to - from) * columnWidth - 2;
  const text = ` ${label} `.slice(0, Math.max(0, width - 2));
  const line = `${'-'.repeat(2)}${text}`.padEnd(width, '-');
  const arrow = from < to ? `|${line}>` : `|<${line}`;
  return `${seconds} ${' '.repeat(left * columnWidth)}${arrow}`;
}

/** Method, or status and reason; with a body its kind. */
function labelOf({ text }: TracedMessage): string {
  const line = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const response = /^SIP\/2\.0 (\d{3} .*)$/i.exec(line)?.[1];
  const method = /^\S+/.exec(line)?.[0] ?? '';
  const cseq = /^cseq[ \t]*:[ \t]*\d+[ \t]+(\S+)/im.exec(text)?.[1] ?? '';
  const sdp = /^(?:content-type|c)[ \t]*:[ \t]*application\/sdp/im.test(text) ? ' (SDP)' : '';
  return printable(response === undefined ? `${method}${sdp}` : `${response} ${cseq}${sdp}`);
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
}
