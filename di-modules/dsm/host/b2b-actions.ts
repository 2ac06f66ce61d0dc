/** Core actions of the other leg (reference/dsm 4.6), as rows. */
import { CodedError, type DsmAction, DsmException } from '../../../core/index.ts';
import { selectVariables } from '../engine/index.ts';
import { headerLines } from './call-events.ts';
import { callScript } from './media-actions.ts';

const text = (name: string) => ({ name, kind: 'R' }) as const;
const literal = (name: string) => ({ name, kind: 'L' }) as const;

export const b2bActions: readonly DsmAction[] = [
  {
    name: 'B2B.connectCallee',
    summary: 'Calls another party and connects it with this call, end to end.',
    form: '2P,',
    parameters: [text('party'), text('uri')],
    errno: ['general'],
    run(script, party, uri) {
      const { face } = callScript(script);
      try {
        face.connectCallee(party, uri, false);
      } catch (fault) {
        if (!(fault instanceof CodedError)) throw fault;
        script.log.warn('DSM: the other leg could not be placed', { reason: fault.message });
        script.setError('general', fault.message);
        script.postEvent(
          script.tag,
          new Map([
            ['type', 'connectCallee_failed'],
            ['reason', fault.message],
          ]),
        );
      }
      return undefined;
    },
  },
  {
    name: 'B2B.terminateOtherLeg',
    summary: 'Ends the other leg.',
    form: 'none',
    parameters: [],
    run(script) {
      const call = callScript(script);
      call.other?.terminate();
      call.other = null;
      call.relaysOnly = false;
      return undefined;
    },
  },
  {
    name: 'B2B.sendReinvite',
    summary: 're-INVITE on this leg, with an offer of ours; further headers as they are.',
    form: '2P,?',
    parameters: [literal('fresh'), literal('headers')],
    run(script, _fresh, headers) {
      const call = callScript(script);
      const before = call.dialogStatus;
      call.session.reinvite({ headers: headerLines(headers) }).then(
        (response) =>
          call.enqueue(async () => {
            await call.tellReply(response, before);
          }),
        // The call ended while it waited for its turn, or there are no media to offer.
        (fault) => script.log.info('DSM: no re-INVITE', { fault: String(fault) }),
      );
      return undefined;
    },
  },
  {
    name: 'B2B.enableEarlyMediaRelay',
    summary: '180–183 of the other leg with SDP re-INVITE the caller.',
    form: '1P',
    parameters: [text('on')],
    run(script, on) {
      const call = callScript(script);
      call.relaysEarlyMedia = on === 'true';
      if (call.other !== null) call.other.relaysEarlyMedia = call.relaysEarlyMedia;
      return undefined;
    },
  },
  {
    name: 'B2B.addHeader',
    summary: "Adds a line to the headers of the other leg's INVITE.",
    form: '1P',
    parameters: [text('line')],
    run: (script, line) => void callScript(script).b2bHeaders.add(line),
  },
  {
    name: 'B2B.removeHeader',
    summary: 'Removes all headers of that name.',
    form: '1P',
    parameters: [text('name')],
    run: (script, name) => void callScript(script).b2bHeaders.remove(name),
  },
  {
    name: 'B2B.clearHeaders',
    summary: 'Removes all headers.',
    form: 'none',
    parameters: [],
    run: (script) => void callScript(script).b2bHeaders.clear(),
  },
  {
    name: 'B2B.setHeaders',
    summary: 'Sets the headers; with `true` adds them.',
    form: '2P,?',
    parameters: [text('headers'), text('append')],
    run: (script, headers, append) => void callScript(script).b2bHeaders.set(headers, append === 'true'),
  },
  {
    name: 'B2B.relayEvent',
    summary: 'An event for the other leg: the variables of the list.',
    form: '1P',
    parameters: [text('variables')],
    throws: ['script'],
    run(script, list) {
      const call = callScript(script);
      if (call.other === null) throw new DsmException('script', { cause: 'relayEvent used without another leg' });
      script.postEvent(call.other.call.tag, selectVariables(script, list));
      return undefined;
    },
  },
  {
    name: 'B2B.setRelayOnly',
    summary: 'Requests pass from leg to leg (`true`), or are served here.',
    form: '1P',
    parameters: [text('on')],
    throws: ['script'],
    run(script, on) {
      const call = callScript(script);
      if (call.other === null) throw new DsmException('script', { cause: 'setRelayOnly used without another leg' });
      call.relaysOnly = on === 'true';
      return undefined;
    },
  },
];
