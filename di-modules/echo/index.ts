/** Sends back what it hears: SEMS's `echo` (applications 9.8). */
import { type Call, CodedError, defineApplication, defineModule, Type } from '../../core/index.ts';

export const EchoConfigSchema = Type.Object(
  {
    enable_session_timer: Type.Boolean({
      default: false,
      description: 'RFC 4028 session timers; not built yet, so true is refused.',
    }),
  },
  { additionalProperties: false, default: {}, description: 'Sends back what it hears.' },
);

export const echo = defineModule({
  name: 'echo',
  summary: 'Sends back what it hears.',
  config: EchoConfigSchema,
  start({ config, registerApplication }) {
    if (config.enable_session_timer) throw new CodedError('config.notBuilt', 'modules.echo.enable_session_timer');
    registerApplication(
      defineApplication({
        name: 'echo',
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
