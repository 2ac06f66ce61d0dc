/**
 * Dialog ids that a message names (Replaces, Refer-To with Replaces, Event: refer;id=) are those of
 * the leg where it came from; the other side knows only those of its own leg (RFC 3891, RFC 3515).
 */
import type { DialogIds, HeaderLine } from '../sip/index.ts';

/** The other leg's ids of the leg with one of these tags (to-tag, from-tag) as its own, when it has these ids; else null. */
export type OtherIds = (callId: string, tags: readonly [string, string]) => { own: DialogIds; other: DialogIds } | null;

/**
 * A Replaces or Target-Dialog value with the ids of the other leg; unchanged when it names no leg of
 * ours or lacks a tag. Everything else (`early-only` too) is left as it is written.
 */
export function mapDialogIds(value: string, otherIds: OtherIds): string {
  const [callId = '', ...parameters] = value.split(';');
  const tagOf = (name: string): string | null => {
    const found = parameters.find((parameter) => parameter.trim().toLowerCase().startsWith(`${name}=`));
    return found === undefined ? null : found.slice(found.indexOf('=') + 1).trim();
  };
  // RFC 4538 7 has the names of its own side: the sender of the request is the local one.
  const toTag = tagOf('to-tag') ?? tagOf('remote-tag');
  const fromTag = tagOf('from-tag') ?? tagOf('local-tag');
  if (toTag === null || fromTag === null) return value;
  const found = otherIds(callId.trim(), [toTag, fromTag]);
  if (found === null) return value;
  const { own, other } = found;
  // Our side of the one leg stands for the peer of the other.
  const swap = (tag: string): string => (tag === own.localTag ? other.remoteTag : other.localTag);
  const mapped = parameters.map((parameter) =>
    parameter.replace(
      /^(\s*(?:to|from|remote|local)-tag\s*=\s*)([^\s]*)/i,
      (_match, head: string, tag: string) => head + swap(tag),
    ),
  );
  return [other.callId, ...mapped].join(';');
}

/** A Refer-To value whose URI names a dialog in its `Replaces` header: decoded, mapped, encoded again. */
export function mapReferTo(value: string, otherIds: OtherIds): string {
  return value.replace(/([?&]Replaces=)([^&>\s]*)/i, (match, head: string, escaped: string) => {
    try {
      const text = decodeURIComponent(escaped);
      const mapped = mapDialogIds(text, otherIds);
      return mapped === text ? match : head + encodeURIComponent(mapped);
    } catch {
      return match; // no percent-encoding: left alone
    }
  });
}

/** Applies the two to the headers that carry ids. */
export function mapHeaderIds(headers: readonly HeaderLine[], otherIds: OtherIds): readonly HeaderLine[] {
  if (!headers.some(([name]) => idHeaders.has(name.toLowerCase()))) return headers;
  return headers.map(([name, value]): HeaderLine => {
    const kind = idHeaders.get(name.toLowerCase());
    if (kind === undefined) return [name, value];
    return [name, kind === 'refer' ? mapReferTo(value, otherIds) : mapDialogIds(value, otherIds)];
  });
}

const idHeaders: ReadonlyMap<string, 'ids' | 'refer'> = new Map([
  ['replaces', 'ids'],
  ['join', 'ids'],
  ['target-dialog', 'ids'],
  ['refer-to', 'refer'],
  ['r', 'refer'],
]);

/** `Event: refer;id=10` of the peer of one leg, as the peer of the other numbered it; `cseqs`: ours → theirs. */
export function mapReferEvent(
  headers: readonly HeaderLine[],
  cseqs: ReadonlyMap<string, string>,
): readonly HeaderLine[] {
  if (cseqs.size === 0) return headers;
  return headers.map(([name, value]): HeaderLine => {
    if (name.toLowerCase() !== 'event' && name.toLowerCase() !== 'o') return [name, value];
    return [
      name,
      value.replace(/(;\s*id\s*=\s*)([0-9]+)/i, (match, head: string, id: string) => {
        const theirs = cseqs.get(id);
        return theirs === undefined ? match : head + theirs;
      }),
    ];
  });
}
