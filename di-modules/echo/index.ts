/** Sends back what it hears: SEMS's `echo` (applications 9.8). */
import {
  type Call,
  defineApplication,
  defineModule,
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
  call.onKey((key) => {
    // SEMS cycles adaptive playout → jitter buffer → simple → adaptive; there is one playout here.
    if (key === '*') call.log.info('echo: there is one playout type, so * keeps it');
  });
  call.playItem({ kind: 'echo' }).ended.catch(() => {}); // ends with the call
}
