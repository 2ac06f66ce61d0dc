import { type DsmAction, DsmException, type DsmModule, type DsmScript, playoutOfType } from '../../../core/index.ts';
import { mixInActions } from './conference-mixin.ts';
import { type Channel, enterRoom, tellRoom } from './conference-seat.ts';
import { action } from './rows.ts';
import { atEnd, callOf, perServer, serverOf } from './server.ts';

/** avars: `conf.chan`, `conf.teechan`. */
const channelName = 'conf.chan';
const teeName = 'conf.teechan';

/** Who speaks into a room by `teejoin`, besides those who are in it. */
const teesOf = perServer(() => new Map<string, number>());

function channelOf(script: DsmScript, name: string): Channel | null {
  const found = script.objects.get(name);
  return found instanceof Object && 'room' in found && 'leave' in found ? (found as Channel) : null;
}

/** False: there is none. */
function leave(script: DsmScript, name: string): boolean {
  const channel = channelOf(script, name);
  script.objects.delete(name);
  channel?.leave();
  return channel !== null;
}

function join(script: DsmScript, room: string, mode: string): undefined {
  const face = callOf(script);
  leave(script, channelName);
  script.objects.set(channelName, enterRoom(script, face, room, mode));
  script.clearError();
}

/** Participants of a room, and those who only speak into it. */
function sizeOf(script: DsmScript, room: string): number {
  const server = serverOf(script);
  return server.calls.rooms.participants(room).length + (teesOf(server).get(room) ?? 0);
}

/** "additionally speak into the room (input is duplicated)". @throws DsmException `conference` without media. */
function tee(script: DsmScript, room: string): Channel {
  const { media } = callOf(script).call.session;
  if (media === null) throw new DsmException('conference', { cause: 'the call has no audio yet' });
  const [item] = media.play([{ kind: 'tee', room }], 'back');
  const tees = teesOf(serverOf(script));
  const count = (by: number): void => {
    const now = (tees.get(room) ?? 0) + by;
    if (now > 0) tees.set(room, now);
    else tees.delete(room);
    tellRoom(script, room, by > 0 ? 1 : 2);
  };
  count(1);
  let left = false;
  const channel = {
    room,
    leave() {
      if (left) return;
      left = true;
      if (item !== undefined) media.removeItem(item);
      count(-1);
    },
  };
  return channel;
}

const types: { readonly [type: string]: 'adaptive_playout' | 'adaptive_jb' } = {
  adaptive: 'adaptive_playout',
  jb: 'adaptive_jb',
};

/** Now, or as soon as there are media. */
function setPlayout(script: DsmScript, type: string): void {
  const { session } = callOf(script).call;
  const playout = playoutOfType(types[type] ?? 'simple');
  if (session.media !== null) {
    session.media.setPlayout(playout);
    return;
  }
  const watching = session.watch(({ kind }) => {
    if (kind !== 'earlyMedia' && kind !== 'sessionStart') return;
    watching.dispose();
    session.media?.setPlayout(playout);
  });
}

const roomActions: readonly DsmAction[] = [
  action.twoMaybe(
    'room',
    'mode',
  )({
    name: 'conference.join',
    summary: 'Enters a room, behind what plays; mode speakonly, listenonly or empty: both.',
    throws: ['conference'],
    run: join,
  }),
  action.twoMaybe(
    'room',
    'mode',
  )({
    name: 'conference.rejoin',
    summary: 'Leaves the room that it is in, and enters one. Flush the playlist before.',
    throws: ['conference'],
    run(script, room, mode) {
      if (channelOf(script, channelName) === null) script.log.warn('DSM: conference.rejoin: in no room');
      return join(script, room, mode);
    },
  }),
  action.none({
    name: 'conference.leave',
    summary: 'Leaves the room.',
    errno: ['script'],
    run(script) {
      if (leave(script, channelName)) script.clearError();
      else script.setError('script', 'conference.leave: in no room');
      return undefined;
    },
  }),
  action.twoMaybe(
    'room',
    'dst:N',
  )({
    name: 'conference.size',
    summary: 'How many are in the room.',
    run: (script, room, dst) => void script.variables.set(dst, String(sizeOf(script, room))),
  }),
  action.twoMaybe(
    'room',
    'number',
  )({
    name: 'conference.postEvent',
    summary: 'An event (#type conference_event, #id the number) for all scripts in the room.',
    errno: ['arg'],
    run(script, room, number) {
      const id = /^-?[0-9]{1,9}$/.test(number) ? Number(number) : null;
      if (id === null) script.setError('arg', `conference.postEvent: ${number.slice(0, 80)} is no number`);
      else {
        tellRoom(script, room, id);
        script.clearError();
      }
      return undefined;
    },
  }),
  action.one('type')({
    name: 'conference.setPlayoutType',
    summary: 'How received audio waits: adaptive, jb, anything else: simple.',
    run: (script, type) => void setPlayout(script, type),
  }),
  action.twoMaybe(
    'room',
    'object',
  )({
    name: 'conference.teejoin',
    summary: 'Speaks into a further room too.',
    throws: ['conference'],
    run(script, room, object) {
      const name = object || teeName;
      leave(script, name);
      script.objects.set(name, tee(script, room));
      atEnd(script, name, () => void leave(script, name));
      return undefined;
    },
  }),
  action.one('object')({
    name: 'conference.teeleave',
    summary: 'Does not speak into the further room any more.',
    errno: ['script'],
    run(script, object) {
      if (!leave(script, object || teeName)) script.setError('script', 'conference.teeleave: in no room');
      else {
        callOf(script).audio.connect();
        script.clearError();
      }
      return undefined;
    },
  }),
];

/** Conference rooms (reference/dsm 5.5). */
export const modConference: DsmModule = {
  name: 'mod_conference',
  summary: 'Conference rooms, a second room to speak to, files mixed into what the caller hears.',
  actions: [...roomActions, ...mixInActions],
  conditions: [],
};
