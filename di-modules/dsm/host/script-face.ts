import {
  type Call,
  type CallEvent,
  CodedError,
  crossingOfRequest,
  type HeaderLine,
  type SipBody,
  type SipRequest,
  type SipResponse,
} from '../../../core/index.ts';
import type { AudioFace, CallFace, FaceRequest, RelayModeName } from './call-face.ts';
import type { DsmCall } from './call-script.ts';
import { OtherLeg } from './other-leg.ts';

/** A script's call as actions handle it. */
export class ScriptFace implements CallFace {
  readonly #script: DsmCall;

  constructor(script: DsmCall) {
    this.#script = script;
  }

  get call(): Call {
    return this.#script.call;
  }

  get invite(): SipRequest | null {
    return this.call.direction === 'in' ? this.call.session.dialog.invite : null;
  }

  get request(): FaceRequest | null {
    return this.#script.request;
  }

  get reply(): SipResponse | null {
    return this.#script.reply;
  }

  get audio(): AudioFace {
    return this.#script.playlist;
  }

  get otherTag(): string {
    return this.#script.other?.call.tag ?? this.call.session.otherTag ?? '';
  }

  /** "RTP relay modes are not settable from plain DSM (always RTP_Direct)". */
  get relayMode(): RelayModeName {
    return 'RTP_Direct';
  }

  get dialogStatus(): string {
    return this.#script.dialogStatus;
  }

  async answer(status: number, reason: string, headers: readonly HeaderLine[]): Promise<void> {
    const { session } = this.call;
    if (this.call.direction === 'out') throw new CodedError('call.wrongState', 'there is no INVITE to answer');
    if (session.state !== 'new' && session.state !== 'early')
      throw new CodedError('call.wrongState', 'the INVITE is answered already');
    const withMedia = status === 183 || (status >= 200 && status < 300);
    const body = withMedia ? await this.#description() : null;
    const completed: Extract<CallEvent, { readonly kind: 'earlyMedia' | 'sessionStart' }>[] = [];
    const watching = session.watch((event) => {
      if (event.kind === 'earlyMedia' || event.kind === 'sessionStart') completed.push(event);
    });
    this.#script.noteReply(status);
    session.reply(status, reason, { headers, ...(body === null ? {} : { body }) });
    watching.dispose();
    for (const event of completed) await this.#script.raiseMedia(event);
  }

  /** "negotiation failure: sends that error, stops session" (reference/dsm 5.1). */
  async #description(): Promise<SipBody> {
    const { session } = this.call;
    try {
      return await session.answerBody();
    } catch (fault) {
      if (fault instanceof CodedError && session.state !== 'ended') {
        this.#script.noteReply(fault.row.sip);
        session.reply(fault.row.sip);
      }
      this.#script.stopped = true;
      throw fault;
    }
  }

  bye(headers: readonly HeaderLine[]): void {
    if (this.call.state === 'ended') throw new CodedError('call.wrongState', 'the call has ended');
    this.call.session.dialog.end(headers);
  }

  refer(referTo: string, expires: number | null): boolean {
    const headers: HeaderLine[] = [['Refer-To', referTo]];
    if (expires !== null) headers.push(['Expires', String(expires)]);
    return this.#send('REFER', headers, null);
  }

  info(contentType: string, body: string): boolean {
    return this.#send('INFO', [], { contentType, content: Buffer.from(body, 'utf8') });
  }

  connectCallee(party: string, uri: string, relayed: boolean): void {
    const script = this.#script;
    const { variables } = script;
    script.other?.terminate();
    const isRelayed = relayed || variables.get('b2b_relayed_invite') === 'true';
    const user = variables.get('b2b_auth_user');
    const password = variables.get('b2b_auth_pwd');
    const callId = variables.get('b2b_callid');
    script.other = new OtherLeg(script, {
      // "documented `$b2b_local_party`; in this version it is overwritten [F: honour the variable when set]".
      from: variables.get('b2b_local_party') || withoutTag(this.#callerParty()),
      to: party,
      uri,
      headers: script.b2bHeaders.lines,
      relayed: isRelayed,
      ...(user === '' || password === '' ? {} : { credentials: { realm: '', user, password } }),
      ...(callId === '' ? {} : { callId }),
    });
    script.other.relaysEarlyMedia = script.relaysEarlyMedia;
    if (isRelayed) script.noteReply(100);
  }

  relayReply(status: number, reason: string): void {
    const { request } = this;
    if (request === null) throw new CodedError('call.wrongState', 'no request is being processed');
    // A BYE has its 200 already.
    if (request.answerable) request.respond(status, reason, []);
  }

  stop(bye: boolean): void {
    void this.#script.stop(bye);
  }

  /** Extra headers of the caller's INVITE, as they go on to the other leg. */
  callerHeaders(): readonly HeaderLine[] {
    return this.invite === null ? [] : crossingOfRequest(this.invite, { ownCredentials: true });
  }

  #callerParty(): string {
    return this.call.direction === 'in' ? this.call.from : this.call.to;
  }

  /** A request in the dialog; its reply is an event, if the script wants to hear of replies. */
  #send(method: string, headers: readonly HeaderLine[], body: SipBody | null): boolean {
    const { session } = this.call;
    if (session.dialog.state !== 'confirmed') return false;
    const script = this.#script;
    const before = script.dialogStatus;
    void session.request(method, { headers, ...(body === null ? {} : { body }) }).then((response) =>
      script.enqueue(async () => {
        await script.tellReply(response, before);
      }),
    );
    return true;
  }
}

/** A From or To value without its tag. */
function withoutTag(party: string): string {
  return party.replace(/\s*;\s*tag=[^;>\s]*(?=[^>]*$)/i, '');
}
