/** Times, figures and addresses as people read them. */
import { durationText } from '../shell/text.ts';

/** `+0.012 s`, `+12.3 s`, `+2:03` */
export function offsetText(ms: number): string {
  const sign = ms < 0 ? '−' : '+';
  const size = Math.abs(ms);
  if (size < 10_000) return `${sign}${(size / 1000).toFixed(3)} s`;
  return size < 60_000 ? `${sign}${(size / 1000).toFixed(1)} s` : `${sign}${durationText(size)}`;
}

/** Hours, minutes and seconds where the reader is. */
export const clockText = (unixMs: number): string => timeFormat.format(unixMs);
/** With the day. */
export const dayText = (unixMs: number): string => dayFormat.format(unixMs);

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** `"Alice" <sip:alice@a.example>;tag=77` → `Alice`, `<sip:bob@b.example>` → `bob@b.example` */
export function partyText(address: string): string {
  const name = /^\s*"((?:[^"\\]|\\.)*)"/.exec(address)?.[1] ?? /^\s*([^<>"]+?)\s*</.exec(address)?.[1] ?? '';
  if (name !== '') return name.replace(/\\(.)/g, '$1');
  const uri = /<([^>]*)>/.exec(address)?.[1] ?? address.split(';')[0] ?? address;
  return uri.replace(/^sips?:/i, '').split(/[;?]/)[0] ?? uri;
}

/** `1.2 MB` */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const steps = ['kB', 'MB', 'GB', 'TB'];
  const step = Math.min(steps.length - 1, Math.floor(Math.log10(bytes) / 3) - 1);
  const value = bytes / 1000 ** (step + 1);
  return `${value.toFixed(value < 10 ? 1 : 0)} ${steps[step] ?? ''}`;
}

export const percentText = (fraction: number): string => `${(fraction * 100).toFixed(fraction < 0.1 ? 1 : 0)} %`;

/** `1 call`, `2 calls` */
export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`;
