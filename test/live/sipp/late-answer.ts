/** Applications that the built-in ones are not: late, refusing, soon gone. For peers that want just that. */
import Type from 'typebox';
import { type Call, defineApplication, defineModule } from '../../../core/index.ts';

/** Rings, and answers so late that there is time for CANCEL, UPDATE, NOTIFY. */
const answerAfterMs = 1500;
const hangupAfterMs = 1500;
/** A re-INVITE waits so long for its answer that the peer gets a 100 and can hang up first. */
const offerAfterMs = 600;

export default defineModule({
  name: 'late',
  summary: 'Late answers for interoperability tests.',
  config: Type.Object({}, { additionalProperties: false, default: {} }),
  start({ clock, registerApplication }) {
    /** Ends early with the call. */
    const pause = (call: Call, delayMs: number): Promise<void> =>
      new Promise((resolve) => {
        const timer = clock.after(delayMs, resolve);
        const over = (): void => {
          timer.cancel();
          resolve();
        };
        call.signal.addEventListener('abort', over, { once: true });
      });
    const applications = {
      /** 180, then 200. */
      ringing: async (call: Call) => {
        call.ring();
        await pause(call, answerAfterMs);
        await call.accept();
      },
      /** 183 with early media, then 200. */
      progress: async (call: Call) => {
        await call.early();
        call.playItem({ kind: 'echo' }).ended.catch(() => {});
        await pause(call, answerAfterMs);
        await call.accept();
      },
      /** Answers and hangs up. */
      short: async (call: Call) => {
        await call.accept();
        await pause(call, hangupAfterMs);
        call.hangup();
      },
      /** 180 and 200; a re-INVITE is answered late. */
      hesitant: async (call: Call) => {
        const served = call.session.onEvent;
        call.session.onEvent = async (event) => {
          if (event.kind === 'sip' && event.event.kind === 'request' && event.event.request.request.method === 'INVITE')
            await pause(call, offerAfterMs);
          return served(event);
        };
        call.ring();
        await call.accept();
      },
      /** `sip:refuse486@…` is refused with 486. */
      refuse: (call: Call) => call.reject(Number(/\d{3}$/.exec(call.user)?.[0] ?? 603)),
      /** Throws: 500 for this call, and nothing else suffers. */
      broken: () => {
        throw new Error('broken on purpose');
      },
    };
    /** Calls of ours. */
    const placed = {
      short: async (call: Call) => {
        await call.connected;
        await pause(call, 300);
        call.hangup();
      },
      /** Gives up before the answer. */
      impatient: async (call: Call) => {
        await pause(call, 500);
        call.hangup();
      },
      /** Sends a re-INVITE, and BYE soon after its answer. */
      reinviting: async (call: Call) => {
        await call.connected;
        await pause(call, 300);
        await call.session.request('INVITE', { body: await call.session.answerBody() });
        await pause(call, 300);
        call.hangup();
      },
    };
    for (const name of new Set([...Object.keys(applications), ...Object.keys(placed)])) {
      const onInvite = applications[name as keyof typeof applications] ?? ((call: Call) => call.reject(403));
      const originate = placed[name as keyof typeof placed];
      registerApplication(defineApplication({ name, onInvite, ...(originate === undefined ? {} : { originate }) }));
    }
  },
});
