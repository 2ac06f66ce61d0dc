/** Applications that the built-in ones are not: late, refusing, soon gone. For peers that want just that. */
import Type from 'typebox';
import { arg, type Call, type CallEngine, defineApplication, defineModule, rowsFor } from '../../../core/index.ts';

/** Rings, and answers so late that there is time for CANCEL, UPDATE, NOTIFY. */
const answerAfterMs = 1500;
const hangupAfterMs = 1500;
/** A re-INVITE waits so long for its answer that the peer gets a 100 and can hang up first. */
const offerAfterMs = 600;
const reofferAfterMs = 3500;

const { fn, defineFunctions } = rowsFor<CallEngine>();

const functions = defineFunctions({
  dial: fn({
    summary: 'A call with a header of its own.',
    params: [arg('application', Type.String()), arg('to', Type.String()), arg('header', Type.String())],
    result: Type.String(),
    scope: 'late:control',
    handler: ({ state: calls }, application, to, header) => {
      const [name = '', value = ''] = header.split(': ');
      return calls.originate({
        ...{ application, user: 'x', from: 'sip:us@127.0.0.1', to, requestUri: to },
        headers: [[name, value]],
        origin: { name: 'module:late' },
      }).tag;
    },
  }),
});

export default defineModule({
  name: 'late',
  summary: 'Late answers for interoperability tests.',
  config: Type.Object({}, { additionalProperties: false, default: {} }),
  functions,
  start({ clock, calls, registerApplication }) {
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
      /** A reliable 180, then 200. */
      reliable: async (call: Call) => {
        call.session.reply(180, undefined, { reliable: true });
        await pause(call, 300);
        await call.accept();
      },
      /** A reliable 183 with early media, then 200. */
      reliableProgress: async (call: Call) => {
        const body = await call.session.answerBody();
        call.session.reply(183, undefined, { reliable: true, body });
        await pause(call, 300);
        await call.accept();
      },
      /** Answers, and sends a re-INVITE when a late ACK and its twin have come. */
      reoffering: async (call: Call) => {
        await call.accept();
        await pause(call, reofferAfterMs);
        await call.session.reinvite({});
      },
      /** Answers with the user part in a header. */
      coloured: (call: Call) => call.accept({ headers: [['X-Color', call.user]] }),
      /** Answers, and tells the first key. */
      keys: async (call: Call) => {
        await call.accept();
        call.log.warn('key heard', { key: (await call.key({ timeoutMs: 15_000 })) ?? 'none' });
      },
      /** `sip:refuse486@…` is refused with 486. */
      refuse: (call: Call) =>
        call.reject(Number(/^refuse(\d{3})$/.exec(call.user)?.[1] ?? 603), undefined, {
          headers: [['X-Custom', 'custom header value']],
        }),
      unavailable: (call: Call) => call.reject(480),
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
        // SIPp may get the INVITE only when it is repeated, and has its provisional answers to send.
        await pause(call, 2000);
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
      /** Hangs up when a lost ACK has been repeated often enough. */
      lingering: async (call: Call) => {
        await call.connected;
        await pause(call, 8000);
        call.hangup();
      },
    };
    for (const name of new Set([...Object.keys(applications), ...Object.keys(placed)])) {
      const onInvite = applications[name as keyof typeof applications] ?? ((call: Call) => call.reject(403));
      const originate = placed[name as keyof typeof placed];
      registerApplication(defineApplication({ name, onInvite, ...(originate === undefined ? {} : { originate }) }));
    }
    return calls;
  },
});
