/** One call of the phone, from either side, once its INVITE is there. */
import sip, { type SipPackageMessage } from 'sip';
import {
  acceptAnswer,
  answerOffer,
  CodedError,
  createOffer,
  type LocalAudio,
  parseSdp,
  printSdp,
  type SessionDescription,
  type Timer,
} from '../../core/index.ts';
import { loadAudio, saveAudio } from './audio-file.ts';
import { longestSeconds } from './options.ts';
import type { PhoneLine } from './phone-line.ts';
import { RtpSession, sampleRateHz } from './rtp-session.ts';
import { type Address, addressOf, contactUri, recordRoutes, sequenceOf, textHeader } from './sip-messages.ts';
import type { Summary } from './summary.ts';

const capabilities: LocalAudio['capabilities'] = {
  codecs: [
    { name: 'PCMU', clockRateHz: 8000, channels: 1, staticPayloadType: 0, fmtp: null },
    { name: 'PCMA', clockRateHz: 8000, channels: 1, staticPayloadType: 8, fmtp: null },
  ],
  ptimeMs: 20,
};
/** A call without a file and without --seconds lasts so long. */
const defaultSeconds = 5;
const sdpHeaders = { 'content-type': 'application/sdp' };

type Reply = (status: number, reason: string, more?: Parameters<typeof sip.makeResponse>[3]) => void;

/** Who ended it. */
export type EndedBy = Summary['endedBy'];

export class PhoneCall {
  readonly line: PhoneLine;
  readonly callId: string;
  readonly #rtp: RtpSession;
  readonly #play: Int16Array | null;
  readonly #rtpPort: number;
  readonly #ended: (summary: Summary) => void;
  /** Settled with the figures, once the recording is written. */
  readonly ended: Promise<Summary>;
  #local: Address = { uri: '', params: {} };
  #remote: Address = { uri: '', params: {} };
  #target = '';
  #routes: unknown[] = [];
  #sequence = 1;
  #sdpVersion = 1;
  #answeredMs: number | null = null;
  #status = 0;
  #reason = '';
  #finishing = false;
  #acknowledged = false;
  /** An offer of ours in a 2xx whose answer the ACK will bring. */
  #lateOffer: SessionDescription | null = null;
  #limit: Timer | null = null;

  private constructor(line: PhoneLine, callId: string, rtp: RtpSession, rtpPort: number, play: Int16Array | null) {
    this.line = line;
    this.callId = callId;
    this.#rtp = rtp;
    this.#rtpPort = rtpPort;
    this.#play = play;
    let settle: (summary: Summary) => void = () => {};
    this.ended = new Promise((resolve) => {
      settle = resolve;
    });
    this.#ended = settle;
  }

  /** Loads the file and binds the media port. @throws CodedError `file.*`, `network.failed`. */
  static async open(line: PhoneLine, callId: string): Promise<PhoneCall> {
    const { options, seams } = line;
    const play = options.play === null ? null : await loadAudio(seams.files, options.play);
    const rtp = new RtpSession({
      ...seams,
      address: options.address,
      play,
      keys: options.keys,
      recordLimitMs: options.record === null ? 0 : longestSeconds * 1000,
      mayReach: line.mayReach,
      onKey: (key) => line.progress(`key ${key}`),
    });
    return new PhoneCall(line, callId, rtp, await rtp.open(), play);
  }

  get isFinishing(): boolean {
    return this.#finishing;
  }

  /** The ACK of our 2xx came. */
  get isAcknowledged(): boolean {
    return this.#acknowledged;
  }

  /** Our offer as text. */
  offer(): { readonly description: SessionDescription; readonly text: string } {
    const description = createOffer(this.#localAudio());
    return { description, text: printSdp(description) };
  }

  /**
   * The answer to an offer that came in, or an offer when there was none; media follow it.
   * @throws CodedError `sdp.*`.
   */
  answer(offer: string): string {
    if (offer === '') {
      const { description, text } = this.offer();
      this.#lateOffer = description;
      return text;
    }
    const { answer, parameters } = answerOffer(parseSdp(offer), this.#localAudio());
    this.#rtp.configure(parameters);
    return printSdp(answer);
  }

  /** Takes the answer to `offer`. @throws CodedError `sdp.*`. */
  accept(offer: SessionDescription, answer: string): void {
    this.#rtp.configure(acceptAnswer(offer, parseSdp(answer)));
  }

  /** The dialog stands: from now on `hangUp` sends BYE, and the time runs. */
  established(ids: { local: Address; remote: Address; target: string; routes: unknown[]; sequence: number }): void {
    this.#local = ids.local;
    this.#remote = ids.remote;
    this.#target = ids.target;
    this.#routes = ids.routes;
    this.#sequence = ids.sequence;
    this.#status = 200;
    this.#reason = 'OK';
    const { clock } = this.line.seams;
    this.#answeredMs = clock.nowMs();
    this.line.progress('answered');
    const seconds = this.line.options.seconds ?? this.#defaultSeconds();
    this.#limit = clock.after(seconds * 1000, () => this.hangUp());
  }

  /** Sends BYE and ends. */
  hangUp(): void {
    if (this.#answeredMs === null || this.#finishing) return;
    const request = this.#inDialog('BYE', ++this.#sequence);
    this.line.stack.send(request, ({ status }) => this.line.progress(`BYE: ${status}`));
    this.finish('us');
  }

  /** The ACK of a 2xx to our INVITE. */
  acknowledge(sequence: number): void {
    this.line.stack.send(this.#inDialog('ACK', sequence));
  }

  /** It never was answered. */
  fail(status: number, reason: string): void {
    this.#status = status;
    this.#reason = reason;
    this.finish('refused');
  }

  /** A request of this call that is no INVITE of its beginning. */
  onRequest(request: SipPackageMessage): void {
    const reply: Reply = (status, reason, more) =>
      this.line.stack.send(sip.makeResponse(request, status, reason, more));
    if (request.method === 'ACK') this.#onAck(request);
    else if (request.method === 'INVITE') this.#reInvite(request, reply);
    else if (request.method === 'INFO') this.#onInfo(request, reply);
    else if (request.method === 'OPTIONS' || request.method === 'UPDATE') reply(200, 'OK');
    else if (request.method === 'BYE') {
      reply(200, 'OK');
      this.finish('peer');
    } else reply(501, 'Not Implemented');
  }

  #onInfo(request: SipPackageMessage, reply: Reply): void {
    const key = /^\s*Signal\s*=\s*([0-9*#A-D])/im.exec(request.content ?? '')?.[1];
    if (key !== undefined && /dtmf/i.test(textHeader(request, 'content-type'))) this.#rtp.addKey(key);
    reply(200, 'OK');
  }

  /** The answer to an offer that we put into a 2xx comes with its ACK. */
  #onAck(request: SipPackageMessage): void {
    this.#acknowledged = true;
    const offer = this.#lateOffer;
    this.#lateOffer = null;
    if (offer === null) return;
    try {
      this.accept(offer, request.content ?? '');
    } catch (fault) {
      if (!(fault instanceof CodedError)) throw fault;
      this.line.progress(fault.message);
      this.hangUp();
    }
  }

  #reInvite(request: SipPackageMessage, reply: Reply): void {
    this.#sdpVersion++;
    const offer = request.content ?? '';
    try {
      const content = this.answer(offer);
      this.#target = contactUri(request) ?? this.#target;
      reply(200, 'OK', { content, headers: { ...sdpHeaders, contact: [{ uri: this.line.contact }] } });
      this.line.progress('re-INVITE answered');
    } catch (fault) {
      if (!(fault instanceof CodedError)) throw fault;
      reply(488, 'Not Acceptable Here');
    }
  }

  /** Idempotent: closes media, writes the recording, settles `ended`. */
  finish(endedBy: EndedBy): void {
    if (this.#finishing) return;
    this.#finishing = true;
    this.#limit?.cancel();
    this.#rtp.close();
    this.#conclude(endedBy).then(this.#ended, (fault: unknown) => {
      this.line.progress(`recording: ${fault instanceof Error ? fault.message : String(fault)}`);
      this.#ended({ ...this.#summary(endedBy), reason: 'the recording could not be written', status: 500 });
    });
  }

  async #conclude(endedBy: EndedBy): Promise<Summary> {
    const { record } = this.line.options;
    const summary = this.#summary(endedBy);
    if (record !== null && this.#answeredMs !== null) {
      await saveAudio(this.line.seams.files, record, this.#rtp.recorded(summary.seconds * 1000));
    }
    return summary;
  }

  #summary(endedBy: EndedBy): Summary {
    const lengthMs = this.#answeredMs === null ? 0 : this.line.seams.clock.nowMs() - this.#answeredMs;
    return {
      status: this.#status,
      reason: this.#reason,
      endedBy,
      seconds: Math.round(lengthMs) / 1000,
      ...this.#rtp.figures,
    };
  }

  #localAudio(): LocalAudio {
    return {
      capabilities,
      address: this.line.options.address,
      rtpPort: this.#rtpPort,
      direction: 'sendrecv',
      sessionId: String(this.#rtpPort),
      version: String(this.#sdpVersion),
    };
  }

  #defaultSeconds(): number {
    if ('calls' in this.line.options) return longestSeconds;
    return this.#play === null ? defaultSeconds : this.#play.length / sampleRateHz;
  }

  #inDialog(method: string, seq: number): SipPackageMessage {
    return {
      method,
      uri: this.#target,
      headers: {
        to: this.#remote,
        from: this.#local,
        'call-id': this.callId,
        cseq: { method, seq },
        'max-forwards': 70,
        via: [],
        ...(this.#routes.length === 0 ? {} : { route: [...this.#routes] }),
      },
    };
  }
}

/** From or To of a message; the package lets no message through without them. */
export function party(message: SipPackageMessage, name: 'from' | 'to'): Address {
  return addressOf(message.headers[name]) ?? { uri: '', params: {} };
}

/** The dialog as the called side sees it. */
export function calleeIds(invite: SipPackageMessage, tag: string): Parameters<PhoneCall['established']>[0] {
  const to = party(invite, 'to');
  return {
    local: { ...to, params: { ...to.params, tag } },
    remote: party(invite, 'from'),
    target: contactUri(invite) ?? party(invite, 'from').uri,
    routes: recordRoutes(invite),
    sequence: sequenceOf(invite),
  };
}

/** The dialog as the calling side sees it (RFC 3261 12.1.2: the route set is reversed). */
export function callerIds(response: SipPackageMessage, uri: string): Parameters<PhoneCall['established']>[0] {
  return {
    local: party(response, 'from'),
    remote: party(response, 'to'),
    target: contactUri(response) ?? uri,
    routes: recordRoutes(response).reverse(),
    sequence: sequenceOf(response),
  };
}
