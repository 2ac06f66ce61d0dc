import { type Call, CodedError, type Prompt, type RoomChange, type RoomOptions } from '../../core/index.ts';
import type { ConferencePrompts } from './prompts.ts';

/**
 * Puts an answered call into its room (applications 8.1): the room is the last entry of its
 * playlist; a sound in front of it mutes the room for this one as long as it plays.
 */
export function enterRoom(
  call: Call,
  room: string,
  prompts: ConferencePrompts,
  options: Pick<RoomOptions, 'maxParticipants' | 'listenOnly'> & { readonly firstParticipant: Prompt },
): void {
  const { firstParticipant, ...seat } = options;
  call.join(room, { ...seat, onChange: (change) => playFront(call, soundOf(change)) });

  function soundOf(change: RoomChange): Prompt | null {
    if (change.call === call.tag)
      return change.change === 'joined' && change.participants === 1 ? firstParticipant : null;
    return change.change === 'joined' ? prompts.joinSound : prompts.dropSound;
  }
}

function playFront(call: Call, prompt: Prompt | null): void {
  if (prompt === null) return;
  call.play(prompt, { where: 'front' }).catch((fault: unknown) => {
    if (!(fault instanceof CodedError && fault.code === 'call.ended'))
      call.log.warn('sound not played', { path: prompt.path, reason: String(fault) });
  });
}
