/** Sends back what it hears: SEMS's `echo` (applications 9.8). */
import {
  type Call,
  defineApplication,
  defineModule,
  playoutOfType,
  playoutTypes,
  sessionTimerKeys,
  sessionTimerOf,
  Type,
} from '../../core/index.ts';

export const EchoConfigSchema = Type.Object(
  {
    ...sessionTimerKeys,
  },
  { additionalProperties: false, default: {}, description: 'Sends back what it hears.' },
);

export const echo = defineModule({
  name: 'echo',
  summary: 'Sends back what it hears.',
  config: EchoConfigSchema,
  start({ config, registerApplication }) {
    registerApplication(
      defineApplication({
        name: 'echo',
        ...sessionTimerOf(config),
        async onInvite(call) {
          await call.accept();
          sendBack(call);
        },
        async originate(call) {
          await call.connected;
          sendBack(call);
        },
      }),
    );
  },
});

function sendBack(call: Call): void {
  let playout = 0;
  call.onKey((key) => {
    if (key !== '*') return;
    // Applications 9.8: "cycles adaptive playout → jitter buffer → simple → adaptive".
    playout = (playout + 1) % playoutTypes.length;
    const type = playoutTypes[playout] ?? 'adaptive_playout';
    call.session.media?.setPlayout(playoutOfType(type));
    call.log.info('echo: another playout', { type });
  });
  call.playItem({ kind: 'echo' }).ended.catch(() => {}); // ends with the call
}
