/** Rooms that are entered by PIN and controlled over RPC: SEMS's `webconference` (di-interfaces 5.2, 7). */
import {
  defineApplication,
  defineModule,
  every,
  type ModuleContext,
  type PublishedEvent,
  packageVersion,
  playoutOf,
  sessionTimerOf,
} from '../../core/index.ts';
import { Conference } from './conference.ts';
import { WebconferenceConfigSchema } from './config.ts';
import { serveDialIn, serveHeir, serveOriginated } from './dial-in.ts';
import { webconferenceEvents } from './events.ts';
import { functions } from './functions.ts';

export const webconference = defineModule({
  name: 'webconference',
  summary: 'Rooms that are entered by PIN and controlled over RPC.',
  config: WebconferenceConfigSchema,
  functions,
  events: webconferenceEvents,
  async start(context) {
    const { calls, clock, config, registerApplication, subscribe } = context;
    const conference = await Conference.start(context, `Callbus (${packageVersion()})`);
    hearTheEngine(conference, subscribe);
    const taking = calls.takeMessages((message) => conference.chat.take(message));
    conference.onStop({ cancel: () => taking.dispose() });
    // SEMS looks once a second whether a room's timeout has passed.
    if (config.support_rooms_timeout) conference.onStop(every(clock, 1000, () => conference.rooms.endOverdue()));
    registerApplication(
      defineApplication({
        name: 'webconference',
        ...sessionTimerOf(config),
        ...playoutOf(config),
        onInvite: (call) => serveDialIn(conference, call),
        originate: (call) => serveOriginated(conference, call),
        inherit: (call, seat, predecessor) => serveHeir(conference, call, seat, predecessor),
      }),
    );
    return conference;
  },
  stop: (conference: Conference) => conference.stop(),
});

/** Rooms are one namespace: what happens in them is told by the engine and by the module conference. */
function hearTheEngine(conference: Conference, subscribe: ModuleContext<unknown>['subscribe']): void {
  const hear = (
    name: string,
    listener: (room: string, call: string, payload: PublishedEvent['payload']) => void,
  ): void =>
    void subscribe(name, ({ payload }) => {
      const { room, call = '' } = payload;
      if (typeof room === 'string' && typeof call === 'string') listener(room, call, payload);
    });
  hear('conference.muted', (room, call, { muted }) => conference.heardMuted(room, call, muted === true));
  hear('conference.joined', (room, call, { predecessor }) =>
    conference.heardJoined(room, call, typeof predecessor === 'string' ? predecessor : null),
  );
  hear('conference.left', (room, call, { participants }) => conference.heardLeft(room, call, Number(participants)));
  hear('conference.memberChanged', (room, call) => conference.heardChanged(room, call));
  hear('conference.roomChanged', (room) => conference.heardChanged(room, null));
  hear('conference.recordingStarted', (room) => void conference.refreshRecording(room));
  hear('conference.recordingEnded', (room, _call, { recording }) => {
    conference.recorder.ended(Number(recording));
    void conference.refreshRecording(room);
  });
}
