/** SEMS's `click2dial` (di-interfaces 5.18, applications 9.7): what `di_dial.dial_auth_b2b` starts. */
import {
  announcementFolder,
  announcementIn,
  type Call,
  CodedError,
  defineApplication,
  defineModule,
} from '../../core/index.ts';
import { Click2DialConfigSchema } from './config.ts';
import { connectCallee, orderOf } from './connect.ts';

export const click2dial = defineModule({
  name: 'click2dial',
  summary: 'Connects whom di_dial.dial_auth_b2b called with another.',
  config: Click2DialConfigSchema,
  async start({ config, files, calls, registerApplication }) {
    const folder = announcementFolder(config);
    // SEMS: without this file the application is not available.
    const fallback = await calls.prompt(`${folder}/${config.default_announce}`);

    async function serve(call: Call): Promise<void> {
      const order = orderOf(call.parameters);
      const path = await announcementIn(files, folder, call);
      const prompt = path === null ? fallback : await calls.prompt(path);
      await call.connected;
      call.setReceiving(false); // no keys and no RTP time-out while we only speak
      await call.play(prompt);
      call.setReceiving(true);
      await connectCallee(call, order, { calls, relaysEarlyMedia: config.relay_early_media });
    }

    registerApplication(
      defineApplication({
        name: 'click2dial',
        onInvite: (call) => call.reject(606, 'Not Acceptable'),
        async originate(call) {
          try {
            await serve(call);
          } catch (fault) {
            if (call.signal.aborted) return;
            call.log.warn('click2dial failed', { reason: fault instanceof CodedError ? fault.message : String(fault) });
            throw fault;
          }
        },
      }),
    );
  },
});
