/** Meet-me rooms named by the user part, and what operators do with rooms: SEMS's `conference` (applications 8.1, without dial-out by keys). */
import {
  type Call,
  defineApplication,
  defineModule,
  type ModuleContext,
  playoutOf,
  type RoomOptions,
  sessionTimerOf,
} from '../../core/index.ts';
import { ConferenceConfigSchema } from './config.ts';
import { conferenceEvents } from './events.ts';
import { functions } from './functions.ts';
import { enterRoom, inheritSeat } from './participant.ts';
import { ConferencePrompts } from './prompts.ts';
import { RoomControl } from './room-control.ts';
import { roomOf } from './room-name.ts';

export const conference = defineModule({
  name: 'conference',
  summary: 'Meet-me rooms named by the user part of the address.',
  config: ConferenceConfigSchema,
  functions,
  events: conferenceEvents,
  async start(context) {
    const { config, calls, counters, registerApplication, subscribe } = context;
    const control = new RoomControl(context);
    subscribe('conference.joined', ({ payload: { room, call } }) => {
      if (typeof room === 'string' && typeof call === 'string') control.joined(room, call);
    });
    subscribe('conference.left', ({ payload: { room, call, participants } }) => {
      if (typeof room === 'string' && typeof call === 'string') control.left(room, call, Number(participants));
    });
    const prompts = await ConferencePrompts.load(context);
    const full = counters.counter('callbus_conference_full_total', 'Callers refused because the room was full.');
    const locked = counters.counter('callbus_conference_locked_total', 'Callers refused because the room was locked.');
    /** Callers that were let in and have not joined yet, by room: they count for the limit. */
    const entering = new Map<string, number>();

    const isFull = (room: string): boolean =>
      config.max_participants > 0 &&
      calls.rooms.participants(room).length + (entering.get(room) ?? 0) >= config.max_participants;

    async function whileEntering(room: string, enter: () => Promise<void>): Promise<void> {
      entering.set(room, (entering.get(room) ?? 0) + 1);
      try {
        await enter();
      } finally {
        const left = (entering.get(room) ?? 1) - 1;
        if (left === 0) entering.delete(room);
        else entering.set(room, left);
      }
    }

    const seatOf = (call: Call): Pick<RoomOptions, 'listenOnly' | 'maxParticipants'> => ({
      listenOnly: call.parameter('Listen-Only') !== null,
      maxParticipants: config.max_participants,
    });

    registerApplication(
      defineApplication({
        name: 'conference',
        ...sessionTimerOf(config),
        ...playoutOf(config),
        async onInvite(call) {
          const room = roomOf(call.user, config.use_rfc4240_rooms);
          if (room === null) return call.reject(404, 'Not Found');
          if (calls.rooms.isLocked(room)) {
            locked.add();
            return call.reject(403, 'Forbidden');
          }
          if (isFull(room)) {
            full.add();
            return call.reject(486, 'Busy Here');
          }
          await whileEntering(room, async () => {
            const firstParticipant = await prompts.firstParticipant(call);
            await call.accept(await pageOf(context, room, call));
            enterRoom(call, room, prompts, { ...seatOf(call), firstParticipant });
          });
        },
        async originate(call) {
          const room = roomOf(call.user, config.use_rfc4240_rooms) ?? call.user;
          const firstParticipant = await prompts.firstParticipant(call);
          await call.connected;
          enterRoom(call, room, prompts, { ...seatOf(call), firstParticipant });
        },
        inherit: (call, seat) => inheritSeat(call, seat.room, prompts),
      }),
    );
    return control;
  },
  stop: (control: RoomControl) => control.stop(),
});

/** The page of the room for the `u=` line of the answer; `webconference` knows where it is. */
async function pageOf(
  { has, invoke }: Pick<ModuleContext<unknown>, 'has' | 'invoke'>,
  room: string,
  call: Call,
): Promise<{ readonly sessionUri?: string }> {
  if (!has('webconference')) return {};
  try {
    const link = await invoke('webconference', 'linkOf', [room, call.tag]);
    return typeof link === 'string' && link !== '' ? { sessionUri: link } : {};
  } catch {
    // A name that webconference does not take has no page.
    return {};
  }
}
