/** The last events that came, bounded; while it is paused they wait. */
import type { ServerEvent } from '../../../typescript/index.ts';

export interface EventBuffer {
  /** Oldest first. */
  readonly shown: readonly ServerEvent[];
  /** Came while it was paused. */
  readonly waiting: readonly ServerEvent[];
  readonly paused: boolean;
  /** Left out, as there were too many. */
  readonly dropped: number;
}

export const emptyBuffer: EventBuffer = { shown: [], waiting: [], paused: false, dropped: 0 };

export function withEvents(buffer: EventBuffer, events: readonly ServerEvent[], most: number): EventBuffer {
  const name = buffer.paused ? 'waiting' : 'shown';
  const all = [...buffer[name], ...events];
  return { ...buffer, [name]: all.slice(-most), dropped: buffer.dropped + Math.max(0, all.length - most) };
}

/** What waited comes in. */
export function resumed(buffer: EventBuffer, most: number): EventBuffer {
  return withEvents({ ...buffer, waiting: [], paused: false }, buffer.waiting, most);
}

/** Those with that text in their name or payload. */
export function eventsWith(events: readonly ServerEvent[], text: string): readonly ServerEvent[] {
  const wanted = text.trim().toLowerCase();
  return wanted === ''
    ? events
    : events.filter(({ name, payload }) => `${name} ${JSON.stringify(payload)}`.toLowerCase().includes(wanted));
}

/** One event a line. */
export const jsonLines = (events: readonly ServerEvent[]): string =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');
