/** Answers, plays one file, hangs up: SEMS's `announcement` (applications 6.1, 6.2). */
import {
  announcementFolder,
  announcementIn,
  type Call,
  CodedError,
  defineApplication,
  defineModule,
  type Prompt,
} from '../../core/index.ts';
import { AnnouncementConfigSchema } from './config.ts';

export const announcement = defineModule({
  name: 'announcement',
  summary: 'Answers, plays one file chosen by domain and user, hangs up.',
  config: AnnouncementConfigSchema,
  async start({ config, files, calls, counters, registerApplication }) {
    const folder = announcementFolder(config);
    const refused = counters.counter('callbus_announcement_refused_total', 'Calls whose address names no file name.');
    // SEMS: without this file the application is not available.
    const fallback = await calls.prompt(`${folder}/${config.default_announce}`);

    /** The first file that exists, else the default. @throws CodedError `file.*`. */
    async function find(call: Call): Promise<Prompt> {
      const path = await announcementIn(files, folder, call).catch((fault: unknown) => {
        if (fault instanceof CodedError && fault.code === 'file.missing') refused.add();
        throw fault;
      });
      return path === null ? fallback : calls.prompt(path);
    }

    async function playOut(call: Call, prompt: Prompt): Promise<void> {
      call.setReceiving(false); // no keys and no RTP time-out while we only speak
      await call.play(prompt, { loop: config.loop });
      call.hangup();
    }

    registerApplication(
      defineApplication({
        name: 'announcement',
        async onInvite(call) {
          // The file is opened before the answer, so that a bad one is a refusal and not silence (applications 3.8).
          const prompt = await find(call).catch((fault: unknown) => {
            call.log.warn('no announcement', { reason: String(fault) });
            if (fault instanceof CodedError && fault.code === 'file.missing') call.reject(404, 'Not Found');
            else call.reject(500, 'Server Internal Error');
            return null;
          });
          if (prompt === null) return;
          await call.accept();
          await playOut(call, prompt);
        },
        async originate(call) {
          const prompt = await find(call);
          await call.connected;
          await playOut(call, prompt);
        },
      }),
    );
  },
});
