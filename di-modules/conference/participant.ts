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
  const sounds = soundsOf(call, prompts, firstParticipant);
  call.join(room, { ...seat, onChange: sounds });
}

/** A call that took over a seat, or sat down beside one, hears who comes and goes from now on. */
export function inheritSeat(call: Call, room: string, prompts: ConferencePrompts): void {
  const sounds = soundsOf(call, prompts, null);
  call.session.watch((event) => {
    if (event.kind === 'room' && event.room === room) sounds(event);
  });
}

function soundsOf(call: Call, prompts: ConferencePrompts, firstParticipant: Prompt | null) {
  let sounding = 0;
  return (change: RoomChange): void => sound(soundOf(change));

  /** In a busy room one would hear nothing but sounds, and their queue would grow: a few are enough. */
  function sound(prompt: Prompt | null): void {
    if (prompt === null || sounding >= soundsAtOnce) return;
    sounding++;
    void playFront(call, prompt).finally(() => sounding--);
  }

  function soundOf(change: RoomChange): Prompt | null {
    if (change.call === call.tag)
      return change.change === 'joined' && change.participants === 1 ? firstParticipant : null;
    return change.change === 'joined' ? prompts.joinSound : prompts.dropSound;
  }
}

/** Sounds in front of the room, playing or waiting. */
const soundsAtOnce = 3;

async function playFront(call: Call, prompt: Prompt): Promise<void> {
  try {
    await call.play(prompt, { where: 'front' });
  } catch (fault) {
    if (!(fault instanceof CodedError && fault.code === 'call.ended'))
      call.log.warn('sound not played', { path: prompt.path, reason: String(fault) });
  }
}
