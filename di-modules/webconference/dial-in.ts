import type { Call, RoomSeat } from '../../core/index.ts';
import type { Conference } from './conference.ts';
import { type PinAction, pinKey, splitRoom, startOfPinEntry } from './pin-entry.ts';
import type { PromptName } from './prompts.ts';
import { chooseRoom, participantIdOf, sessionUri } from './room-choice.ts';

const maxRoomName = 128;
const noRoom = { code: 'webconference.noRoom', sentence: 'The room is not open.' };

/** An incoming call: answered at once, then into its room directly or by keys (di-interfaces 7.1, 7.2). */
export async function serveDialIn(conference: Conference, call: Call): Promise<void> {
  conference.track(call);
  const { config } = conference;
  const choice = chooseRoom(call, conference.directRoom, config);
  if (choice.kind === 'prefix') return serveNamed(conference, call, choice.room);
  if (choice.kind === 'direct' && choice.room.length > maxRoomName) return call.reject(404, 'Not Found');
  const direct = choice.kind === 'direct' ? splitRoom(choice.room, config.room_pin_split) : null;
  const room = direct === null ? null : conference.rooms.find(direct.room);
  const uri =
    sessionUri(config.webconference_urlbase, direct?.room ?? null, room?.adminPin ?? null) ??
    (direct === null ? null : await conference.linkTo(direct.room, call));
  await call.accept(uri === null ? {} : { sessionUri: uri });
  if (choice.kind === 'ask') return enterByKeys(conference, call);
  if (direct === null) {
    // Too short for `room_pin_split`: as in SEMS the call stays up without a room.
    await say(conference, call, 'wrong_pin');
    return;
  }
  await enter(conference, call, direct, 'direct access: entered');
}

/** `room-<name>`: who cannot enter is told so before the answer, so that a page or a display can show it. */
async function serveNamed(conference: Conference, call: Call, name: string | null): Promise<void> {
  const { calls, config, rooms } = conference;
  if (name === null) return call.reject(404, 'Not Found');
  if (calls.rooms.isLocked(name)) return call.reject(403, 'The Room Is Locked');
  if (!rooms.admits(name, participantIdOf(call, config, ''))) return call.reject(404, 'No Such Room');
  const adminPin = rooms.find(name)?.adminPin ?? null;
  const uri = sessionUri(config.webconference_urlbase, name, adminPin) ?? (await conference.linkTo(name, call));
  await call.accept(uri === null ? {} : { sessionUri: uri });
  await enter(conference, call, { room: name, participantId: '' }, 'direct access: entered');
}

/** A call that was placed for this application (di_dial): its user part is the room. */
export async function serveOriginated(conference: Conference, call: Call): Promise<void> {
  conference.track(call);
  await call.connected;
  await enter(conference, call, { room: call.user, participantId: '' }, 'entered');
}

/** A call that took over a participant's seat, or sat down beside one: listed, muted and removed like any other. */
export function serveHeir(conference: Conference, call: Call, seat: RoomSeat, predecessor: string | null): void {
  conference.track(call);
  const room = conference.rooms.find(seat.room);
  if (room === null) {
    call.hangup({ ...noRoom, cause: seat.room });
    return;
  }
  const old = predecessor === null ? null : room.find(predecessor);
  const participantId = old?.participantId ?? participantIdOf(call, conference.config, '');
  const leg = conference.admit(call, room, { number: call.remoteParty, participantId });
  leg.inherit(seat, conference.calls.rooms.participants(room.name).length === 1);
  if (old === null) return;
  if (old.muted) conference.setMuted(leg, true);
  if (old.name !== '') conference.rename(leg, old.name);
}

async function enterByKeys(conference: Conference, call: Call): Promise<void> {
  const { config, rooms } = conference;
  const split = (digits: string) => splitRoom(digits, config.room_pin_split);
  const idOf = (fromSplit: string) => participantIdOf(call, config, fromSplit);
  const rules = {
    starFinishes: config.star_finishes_pin,
    maxFailures: config.pin_attempts,
    accepts(digits: string): boolean {
      const entry = split(digits);
      return entry !== null && rooms.admits(entry.room, idOf(entry.participantId));
    },
  };
  void say(conference, call, 'enter_pin');
  let state = startOfPinEntry;
  while (state.phase === 'entering') {
    const key = await call.key();
    if (key === null) continue;
    const step = pinKey(state, key, rules);
    state = step.state;
    for (const action of step.actions) await carryOut(action);
  }

  async function carryOut(action: PinAction): Promise<void> {
    switch (action) {
      case 'flush':
        return call.flush();
      case 'sayWrongPin':
        void say(conference, call, 'wrong_pin', 'front');
        return;
      case 'tellDigits':
        if (config.tell_pin) for (const digit of conference.prompts.digits(state.digits)) void call.play(digit);
        return;
      case 'sayEntering':
        await say(conference, call, 'entering_conference');
        return;
      case 'enter': {
        const entry = split(state.digits);
        if (entry !== null) await enter(conference, call, entry, 'entered');
        return;
      }
      case 'sayWrongPinBye':
        await say(conference, call, 'wrong_pin_bye');
        return;
      case 'hangUp':
        call.hangup({
          code: 'webconference.wrongPin',
          sentence: 'Too many wrong room numbers.',
          cause: 'pin_attempts',
        });
    }
  }
}

async function enter(
  conference: Conference,
  call: Call,
  { room: name, participantId }: { readonly room: string; readonly participantId: string },
  reason: string,
): Promise<void> {
  const id = participantIdOf(call, conference.config, participantId);
  const room = conference.rooms.enter(name, id);
  if (room !== null) {
    conference.admit(call, room, { number: call.remoteParty, participantId: id }).enter(reason);
    return;
  }
  await say(conference, call, 'wrong_pin_bye');
  call.hangup({ ...noRoom, cause: 'private_rooms' });
}

/** Not `async`: the promise of `play` may go unhandled when the call ends, another one may not. */
function say(
  { prompts }: Conference,
  call: Call,
  name: PromptName,
  where: 'front' | 'back' = 'back',
): Promise<unknown> {
  return call.play(prompts.get(name), { where });
}
