import {
  CodedError,
  type DsmAction,
  type DsmCondition,
  DsmException,
  type DsmModule,
  type DsmScript,
  findBody,
  type HeaderLine,
  type SipRequest,
  type SipResponse,
} from '../../../core/index.ts';
import { parseUnsigned } from '../engine/index.ts';
import { headerLines } from '../host/call-events.ts';
import { callFaceOf } from '../host/call-face.ts';
import { dialOrder } from './dlg-dialout.ts';
import { action, condition } from './rows.ts';
import { callOf, hostOf } from './server.ts';

/** Null, with `$errno` `arg`: it is none. */
function statusOf(script: DsmScript, name: string, text: string): number | null {
  const status = parseUnsigned(text);
  if (status !== null && status >= 100 && status <= 699) return status;
  script.setError('arg', `${name}: ${text.slice(0, 80)} is no status code`);
  return null;
}

/** "`$dlg.reply.hdrs` … not cleared afterwards". */
const replyHeaders = (script: DsmScript): readonly HeaderLine[] => headerLines(script.variables.get('dlg.reply.hdrs'));

/** Runs it; what our own code refuses is `$errno`, by `errnoOf`. True: it was done. */
async function tried(script: DsmScript, errnoOf: (fault: CodedError) => string, run: () => unknown): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (fault) {
    if (!(fault instanceof CodedError)) throw fault;
    script.setError(errnoOf(fault), fault.message);
    return false;
  }
}

const general = (): string => 'general';
const noRequest = (): never => {
  throw new DsmException('dlg', { cause: 'no request' });
};

/** Answers of the INVITE and of other requests. */
const replyActions: readonly DsmAction[] = [
  action.twoMaybe(
    'code',
    'reason',
  )({
    name: 'dlg.reply',
    summary: 'Answers the INVITE, with $dlg.reply.hdrs; 183 and 2xx carry SDP.',
    errno: ['arg', 'general'],
    async run(script, code, reason) {
      const face = callOf(script);
      const status = statusOf(script, 'dlg.reply', code);
      if (status === null) return undefined;
      if (await tried(script, general, () => face.answer(status, reason, replyHeaders(script)))) script.clearError();
      return undefined;
    },
  }),
  action.twoMaybe(
    'code',
    'reason',
  )({
    name: 'dlg.replyRequest',
    summary: 'Answers the request of the running event.',
    errno: ['arg', 'general'],
    throws: ['dlg'],
    async run(script, code, reason) {
      const { request } = callOf(script);
      if (request === null) return noRequest();
      const status = statusOf(script, 'dlg.replyRequest', code);
      if (status === null) return undefined;
      // BYE and CANCEL have their 200 already: what the script says changes nothing.
      const answer = (): void => {
        if (request.answerable) request.respond(status, reason, replyHeaders(script));
      };
      if (await tried(script, general, answer)) script.clearError();
      return undefined;
    },
  }),
  action.twoMaybe(
    'code',
    'reason',
  )({
    name: 'dlg.acceptInvite',
    summary: 'Answers the INVITE (200 OK if nothing else is said) with SDP; the call ends when no codec fits.',
    errno: ['arg', 'general', 'dlg'],
    async run(script, code, reason) {
      const face = callOf(script);
      const status = statusOf(script, 'dlg.acceptInvite', code === '' ? '200' : code);
      if (status === null) return undefined;
      const word = code === '' && reason === '' ? 'OK' : reason;
      const errnoOf = ({ code: fault }: CodedError): string => (fault === 'call.wrongState' ? 'general' : 'dlg');
      await tried(script, errnoOf, () => face.answer(status, word, replyHeaders(script)));
      return undefined;
    },
  }),
  action.two(
    'code',
    'reason',
  )({
    name: 'dlg.relayReply',
    aliases: ['dlg.relayError'],
    summary: 'Answers a request of one leg towards that leg, instead of relaying it.',
    errno: ['arg'],
    throws: ['dlg'],
    run(script, code, reason) {
      const face = callOf(script);
      if (face.request === null) return noRequest();
      const status = statusOf(script, 'dlg.relayReply', code);
      if (status !== null) face.relayReply(status, reason);
      return undefined;
    },
  }),
];

/** REFER, INFO, BYE, other calls. */
const requestActions: readonly DsmAction[] = [
  action.one('headers')({
    name: 'dlg.bye',
    summary: 'Ends the call; the script goes on.',
    errno: ['general'],
    async run(script, headers) {
      if (await tried(script, general, () => callOf(script).bye(headerLines(headers)))) script.clearError();
      return undefined;
    },
  }),
  action.two(
    'party',
    'uri',
  )({
    name: 'dlg.connectCalleeRelayed',
    summary: "Calls another party, whose answers go to the caller's INVITE.",
    errno: ['general'],
    async run(script, party, uri) {
      await tried(script, general, () => callOf(script).connectCallee(party, uri, true));
      return undefined;
    },
  }),
  action.one('name')({
    name: 'dlg.dialout',
    summary: 'Places another call by $name_caller, _callee, _domain, _app, …; $name_ltag is its tag.',
    errno: ['arg', 'general'],
    async run(script, name) {
      const host = hostOf(script);
      const order = dialOrder(script.variables, name);
      if (typeof order === 'string') {
        script.setError('arg', `dlg.dialout: ${order}`);
        return undefined;
      }
      let tag = '';
      await tried(script, general, () => {
        tag = host.dialout(order);
      });
      script.variables.set(`${name}_ltag`, tag);
      return undefined;
    },
  }),
  action.twoMaybe(
    'refer-to',
    'expires',
  )({
    name: 'dlg.refer',
    summary: 'REFER; nothing before the call is connected.',
    errno: ['dlg'],
    throws: ['param'],
    async run(script, referTo, expires) {
      const seconds = expires === '' ? null : parseUnsigned(expires);
      if (referTo === '' || (expires !== '' && seconds === null))
        throw new DsmException('param', { cause: 'dlg.refer: expected an address and seconds' });
      if (
        await tried(
          script,
          () => 'dlg',
          () => callOf(script).refer(referTo, seconds),
        )
      )
        script.clearError();
      return undefined;
    },
  }),
  action.twoMaybe(
    'content type',
    'body',
  )({
    name: 'dlg.info',
    summary: 'INFO with a body, \\r\\n being a line end; nothing before the call is connected.',
    errno: ['dlg'],
    throws: ['param'],
    async run(script, contentType, body) {
      if (contentType === '') throw new DsmException('param', { cause: 'dlg.info: expected a content type' });
      const send = (): boolean => callOf(script).info(contentType, body.replaceAll('\\r\\n', '\r\n'));
      if (await tried(script, () => 'dlg', send)) script.clearError();
      return undefined;
    },
  }),
];

/** The message of the running event. */
const messages = {
  request: (script: DsmScript): SipRequest | null => {
    const face = callFaceOf(script);
    return face?.request?.message ?? (script.eventType === 'Invite' ? (face?.invite ?? null) : null);
  },
  reply: (script: DsmScript): SipResponse | null => callFaceOf(script)?.reply ?? null,
};

function getBody(name: string, which: keyof typeof messages): DsmAction {
  return action.two(
    'content type',
    'dst:RN',
  )({
    name,
    summary: `The body, or the part of it, of that type of the ${which} of the running event; dst is gone when there is none.`,
    throws: ['dlg'],
    run(script, contentType, dst) {
      const message = messages[which](script);
      if (message === null) throw new DsmException('dlg', { cause: `no ${which}` });
      const body = findBody(message, contentType.trim());
      if (body === null) script.variables.delete(dst);
      else script.variables.set(dst, Buffer.from(body).toString('utf8'));
      return undefined;
    },
  });
}

function hasContentType(name: string, which: keyof typeof messages): DsmCondition {
  return condition.one('type:L')({
    name,
    summary: `The ${which} of the running event has a body, or a part, of that type.`,
    test(script, type) {
      const message = messages[which](script);
      if (message === null) script.log.warn(`DSM: ${name}: the running event has no ${which}`);
      return message !== null && findBody(message, type.trim()) !== null;
    },
  });
}

const onlyInSbc = (name: string) => (): never => {
  throw new DsmException('dlg', { cause: `${name}: only where an SBC relays the reply` });
};

/** The dialog of the call: answers, requests, other calls (reference/dsm 5.1). */
export const modDlg: DsmModule = {
  name: 'mod_dlg',
  summary: 'Answers to requests, requests in the call, calls of its own.',
  actions: [
    ...replyActions,
    ...requestActions,
    getBody('dlg.getRequestBody', 'request'),
    getBody('dlg.getReplyBody', 'reply'),
    action.one('dst:N')({
      name: 'dlg.getOtherId',
      summary: 'The tag of the other leg.',
      run: (script, dst) => void script.variables.set(dst, callOf(script).otherTag),
    }),
    action.one('dst:N')({
      name: 'dlg.getRtpRelayMode',
      summary: 'RTP_Direct, RTP_Relay, RTP_Transcoding or Unknown.',
      run: (script, dst) => void script.variables.set(dst, callOf(script).relayMode),
    }),
    action.two(
      'type',
      'payload',
    )({
      name: 'dlg.addReplyBodyPart',
      summary: 'Adds a part to the body of a reply that an SBC relays.',
      throws: ['dlg'],
      run: onlyInSbc('dlg.addReplyBodyPart'),
    }),
    action.one('type:L')({
      name: 'dlg.deleteReplyBodyPart',
      summary: 'Takes a part from the body of a reply that an SBC relays.',
      throws: ['dlg'],
      run: onlyInSbc('dlg.deleteReplyBodyPart'),
    }),
  ],
  conditions: [
    hasContentType('dlg.requestHasContentType', 'request'),
    hasContentType('dlg.replyHasContentType', 'reply'),
  ],
};
