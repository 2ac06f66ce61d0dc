/** Rooms that are entered by PIN and controlled over RPC: SEMS's `webconference` (di-interfaces 5.2, 7). */
import { defineApplication, defineModule, every, packageVersion, playoutOf, sessionTimerOf } from '../../core/index.ts';
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
    const { clock, config, registerApplication, subscribe } = context;
    const conference = await Conference.start(context, `Callbus (${packageVersion()})`);
    subscribe('conference.muted', ({ payload: { room, call, muted } }) => {
      if (typeof room === 'string' && typeof call === 'string') conference.heardMuted(room, call, muted === true);
    });
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
