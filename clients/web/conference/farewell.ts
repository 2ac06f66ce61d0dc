/** How a visit ended, in words. Pure. */
import type { Ending } from '../sip/types.ts';

export interface Farewell {
  readonly tone: 'calm' | 'bad';
  readonly what: string;
  /** What to do; empty: nothing needs to be done. */
  readonly advice: string;
}

/** What the lobby says after a call. */
export function farewellOf(ending: Ending, leftByMe: boolean, roomEnded: boolean): Farewell {
  if (roomEnded)
    return {
      tone: 'bad',
      what: 'The room was closed.',
      advice: 'Joining opens it again, empty. If you did not expect that, ask who closed it.',
    };
  if (leftByMe) return { tone: 'calm', what: 'You left the room.', advice: '' };
  if (ending.kind === 'normal')
    return {
      tone: 'bad',
      what: 'Your call was ended from the room: you were removed, or everybody was.',
      advice: 'You may join again unless the room is locked.',
    };
  return { tone: 'bad', what: ending.what, advice: ending.advice };
}
