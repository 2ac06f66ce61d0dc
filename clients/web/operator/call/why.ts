/** Why a call ended, in sentences. */
import type { JsonObject } from '../../../typescript/index.ts';
import { durationText } from '../../shell/text.ts';
import { numberOf, objectsIn, textOf } from '../members.ts';

export interface Reason {
  readonly sentence: string;
  /** What lay behind it; empty: nothing more is known. */
  readonly cause: string;
  /** What to do about it; empty: nothing. */
  readonly next: string;
  readonly code: string;
}

/** A `call.ended`. */
export function endSentence(ended: JsonObject): string {
  const status = numberOf(ended, 'status') ?? 0;
  const reason = textOf(ended, 'reason');
  const answered = numberOf(ended, 'answeredAtMs');
  const end = numberOf(ended, 'endedAtMs') ?? 0;
  const who = enders[textOf(ended, 'endedBy')] ?? 'It was ended';
  if (answered !== null) return `${who} after ${durationText(end - answered)} of conversation.`;
  const began = numberOf(ended, 'startedAtMs') ?? end;
  const after = `after ${durationText(end - began)}`;
  if (status === 487) return `It was given up ${after}, before anybody answered: 487 ${reason}.`;
  const refuser = textOf(ended, 'endedBy') === 'local' ? 'This server refused it' : 'The other side refused it';
  return status >= 300 ? `${refuser} ${after}: ${status} ${reason}.` : `${who} ${after}, before it was answered.`;
}

const enders: { readonly [by: string]: string } = {
  local: 'This server hung up',
  remote: 'The other side hung up',
  network: 'The network failed: it ended',
};

/** The `why` of `call.ended` and `call.refused`, outermost first. */
export function reasonsOf(event: JsonObject): readonly Reason[] {
  return objectsIn(event, 'why').map((why) => ({
    sentence: textOf(why, 'sentence'),
    cause: textOf(why, 'cause'),
    next: textOf(why, 'next'),
    code: textOf(why, 'code'),
  }));
}
