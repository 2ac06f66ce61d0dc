import type { CallEnd, CodedError, Why } from '../../core/index.ts';

export type LegName = 'a' | 'b';

/** How a dial ended. */
export interface Outcome {
  readonly status: number;
  readonly reason: string;
  readonly endedBy: LegName | 'us' | 'network';
  readonly why: readonly Why[];
}

/** The end of one leg as that of the dial. */
export function outcomeOfLeg(leg: LegName, { status, reason, endedBy, why }: CallEnd): Outcome {
  return { status, reason, endedBy: endedBy === 'remote' ? leg : endedBy === 'local' ? 'us' : 'network', why };
}

export function outcomeOfFault(fault: CodedError): Outcome {
  const { sip, sentence } = fault.row;
  return { status: sip, reason: sentence.replace(/\.$/, ''), endedBy: 'us', why: fault.why() };
}

export const noAnswer = (leg: LegName, timeoutMs: number): Outcome => ({
  status: 408,
  reason: 'Request Timeout',
  endedBy: 'us',
  why: [
    {
      code: 'click_to_dial.noAnswer',
      sentence: `${leg === 'a' ? 'A' : 'B'} did not answer in time.`,
      cause: `timeoutS ${timeoutMs / 1000}`,
    },
  ],
});

export const cancelled = (by: string): Outcome => ({
  status: 487,
  reason: 'Request Terminated',
  endedBy: 'us',
  why: [{ code: 'click_to_dial.cancelled', sentence: 'The dial was cancelled.', cause: by }],
});

export const tooLong = (durationMs: number): Outcome => ({
  status: 200,
  reason: 'OK',
  endedBy: 'us',
  why: [
    {
      code: 'click_to_dial.maxDuration',
      sentence: 'The conversation reached its longest duration.',
      cause: `maxDurationS ${durationMs / 1000}`,
    },
  ],
});

/** Of a dial that ran when the server ended without a word. */
export const restarted: Outcome = {
  status: 500,
  reason: 'Server Internal Error',
  endedBy: 'us',
  why: [
    {
      code: 'click_to_dial.restarted',
      sentence: 'The server was started anew while the dial ran; how far it came is not known.',
    },
  ],
};
