/**
 * Which messages were heard. SEMS says so by a file's times: unread while the access time is that of the modification.
 * Whatever reads the file may change that (and nothing does with `noatime`), so we also keep a file of marks in each
 * user's folder. Its name begins with a dot: SEMS passes over it.
 */
import type { FileTimes } from '../../core/index.ts';

export const marksFile = '.callbus-marks.json';
export const maxMarksBytes = 4_000_000;

export interface Mark {
  /** Second of the modification that it is about; a file with another one was written anew. */
  readonly second: number;
  readonly isRead: boolean;
}
export type Marks = ReadonlyMap<string, Mark>;

const secondOf = (unixMs: number): number => Math.floor(unixMs / 1000);

export function markOf(times: FileTimes, isRead: boolean): Mark {
  return { second: secondOf(times.modifiedUnixMs), isRead };
}

/** SEMS compares whole seconds. */
export function isUnread(times: FileTimes, mark: Mark | undefined): boolean {
  const accessed = secondOf(times.accessedUnixMs);
  const modified = secondOf(times.modifiedUnixMs);
  if (mark === undefined || mark.second !== modified) return accessed === modified;
  // What SEMS marks as read, it gives an access time one second past the modification.
  return !mark.isRead && accessed !== modified + 1;
}

/** Times by which SEMS knows the message as new, or as read. */
export function timesOf(modifiedUnixMs: number, isRead: boolean): FileTimes {
  return { modifiedUnixMs, accessedUnixMs: modifiedUnixMs + (isRead ? 1000 : 0) };
}

/** What is no file of ours counts as none: then the times decide. */
export function parseMarks(text: string): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const [name, entry] of entriesOf(text)) {
    if (!Array.isArray(entry)) continue;
    const [second, read]: unknown[] = entry;
    if (typeof second === 'number' && Number.isSafeInteger(second)) marks.set(name, { second, isRead: read === 1 });
  }
  return marks;
}

export function printMarks(marks: Marks): string {
  const messages = [...marks].map(([name, { second, isRead }]) => [name, [second, isRead ? 1 : 0]] as const);
  return `${JSON.stringify({ version: 1, messages: Object.fromEntries(messages) })}\n`;
}

function entriesOf(text: string): [string, unknown][] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('messages' in parsed)) return [];
    const { messages } = parsed;
    return typeof messages === 'object' && messages !== null ? Object.entries(messages) : [];
  } catch {
    return [];
  }
}
