import type { ChatLine } from './room-state.ts';

/** Lines that this tab kept over a reload; what is not one of ours is left out. */
export function readChat(text: string): readonly ChatLine[] {
  try {
    const lines: unknown = text === '' ? [] : JSON.parse(text);
    return Array.isArray(lines) ? lines.filter(isLine) : [];
  } catch {
    return [];
  }
}

function isLine(value: unknown): value is ChatLine {
  if (typeof value !== 'object' || value === null) return false;
  const members = new Map(Object.entries(value));
  return (
    typeof members.get('id') === 'number' &&
    ['at', 'from', 'fromName', 'to', 'toName', 'text'].every((name) => typeof members.get(name) === 'string')
  );
}
