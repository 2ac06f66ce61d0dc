/** The state of an agent out of a snapshot: checked like anything from outside. */
import type { IceState } from './agent.ts';
import { iceLimits } from './limits.ts';

/** Null when it is no such thing: the agent then begins anew with the credentials it was opened with. */
export function iceStateOf(value: unknown): IceState | null {
  const of = fieldsOf(value);
  if (of === null) return null;
  const rounds = listOf(of['rounds'], iceLimits.rounds, roundOf);
  const pairs = listOf(of['pairs'], iceLimits.pairs, pairOf);
  const { selected, selectedRound, awaited, consent, deadlineInMs } = of;
  if (rounds === null || pairs === null || rounds.length === 0) return null;
  if (!isWhole(selected) || !isWhole(selectedRound) || !isWhole(awaited)) return null;
  if (typeof consent !== 'boolean' || !isNullOrNumber(deadlineInMs)) return null;
  return { rounds, pairs, selected, selectedRound, awaited, consent, deadlineInMs };
}

function roundOf(value: unknown): IceState['rounds'][number] | null {
  const of = fieldsOf(value);
  if (of === null) return null;
  const { number, ufrag, password, remoteUfrag, leftMs } = of;
  if (!isWhole(number) || !isText(ufrag) || !isText(password)) return null;
  if ((remoteUfrag !== null && !isText(remoteUfrag)) || !isNullOrNumber(leftMs)) return null;
  return { number, ufrag, password, remoteUfrag, leftMs };
}

function pairOf(value: unknown): IceState['pairs'][number] | null {
  const of = fieldsOf(value);
  if (of === null) return null;
  const { socket, priority, round, checkedAgoMs, nominatedAgoMs } = of;
  const address = listOf(of['address'], 28, (byte) => (isWhole(byte) && byte >= 0 && byte <= 255 ? byte : null));
  if (address === null || (address.length !== 16 && address.length !== 28)) return null;
  if (!isWhole(socket) || !isWhole(priority) || !isWhole(round)) return null;
  if (!isNumber(checkedAgoMs) || !isNullOrNumber(nominatedAgoMs)) return null;
  return { socket, address, priority, round, checkedAgoMs, nominatedAgoMs };
}

function fieldsOf(value: unknown): { readonly [key: string]: unknown } | null {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : null;
}

/** Null when there are too many, or one of them is none. */
function listOf<T>(value: unknown, most: number, read: (item: unknown) => T | null): T[] | null {
  if (!Array.isArray(value) || value.length > most) return null;
  const items: T[] = [];
  for (const entry of value) {
    const item = read(entry);
    if (item === null) return null;
    items.push(item);
  }
  return items;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isNullOrNumber(value: unknown): value is number | null {
  return value === null || isNumber(value);
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

/** ufrag and password: 4 to 256 and 22 to 256 characters (RFC 8839 5.4); ASCII by their grammar. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 256;
}
