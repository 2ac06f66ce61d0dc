import type { DiValue } from '../di/index.ts';
import type { ItemId, MediaStream, PlayRequest, Prompt, Recording, RecordOptions } from '../media/index.ts';
import { CodedError, type Disposable, type Log, type Why } from '../runtime/index.ts';
import {
  type CallerIdentity,
  callerIdentity,
  type Diversion,
  diversionsOf,
  type HeaderLine,
  type ResponseOptions,
} from '../sip/index.ts';
import type { CallBridge } from './bridge.ts';
import { bridgeCalls } from './bridge.ts';
import { sendKeys } from './key-sender.ts';
import { checkedLabels } from './labels.ts';
import type { RoomDirectory } from './rooms.ts';
import type { Session } from './session.ts';
import { transferCall, transferToCall } from './transfer.ts';
import type {
  Call,
  CallEnd,
  CallEvent,
  CallLabels,
  CallState,
  EventVerdict,
  PlayResult,
  RoomOptions,
  RoomSeat,
  SendKeysOptions,
  TransferOptions,
} from './types.ts';
import { abortable, KeyQueue, quiet } from './waits.ts';

/** Who the call is between, read once from its INVITE (incoming) or its order (outgoing). */
export interface CallIdentity {
  readonly from: string;
  readonly to: string;
  readonly ruri: string;
  readonly user: string;
  readonly domain: string;
  readonly parameters: DiValue;
  readonly labels?: CallLabels;
  header(name: string): string | null;
  parameter(...names: readonly string[]): string | null;
}

const noLabels: CallLabels = {};

/** What a call needs of its engine. */
export interface CallServices {
  readonly rooms: RoomDirectory;
  /** Fresh unguessable name of a private room. */
  privateRoom(): string;
  /** The call of that tag, if it lives. */
  layered(tag: string): LayeredCall | null;
  /** Two calls are legs of one service now. */
  linked(call: Call, other: Call): void;
  /** An answered call was given other labels. */
  labelled(call: LayeredCall): void;
  /** @throws CodedError `dial.forbidden`. */
  checkTarget(uri: string, account: string): void;
}

/** The pleasant layer (`types.ts`), written only on the session. */
export class LayeredCall implements Call {
  readonly session: Session;
  readonly from: string;
  readonly to: string;
  readonly ruri: string;
  readonly user: string;
  readonly domain: string;
  readonly parameters: DiValue;
  readonly header: (name: string) => string | null;
  readonly parameter: (...names: readonly string[]) => string | null;
  readonly services: CallServices;
  /** The bridge that it is a leg of, or was last. */
  currentBridge: CallBridge | null = null;
  #labels: CallLabels;
  #connected: Promise<void> | null = null;
  #keys: KeyQueue | null = null;
  readonly #listeners = new Set<(event: CallEvent) => EventVerdict | undefined>();
  readonly #playing = new Map<ItemId, { sampleRateHz: number; end: (result: PlayResult) => void }>();

  constructor(session: Session, identity: CallIdentity, services: CallServices) {
    this.session = session;
    this.services = services;
    this.from = identity.from;
    this.to = identity.to;
    this.ruri = identity.ruri;
    this.user = identity.user;
    this.domain = identity.domain;
    this.parameters = identity.parameters;
    this.#labels = identity.labels ?? noLabels;
    this.header = identity.header;
    this.parameter = identity.parameter;
    session.watch((event) => this.#onArrival(event));
    session.onEvent = (event) => this.#onEvent(event);
  }

  get tag(): string {
    return this.session.tag;
  }
  get traceId(): string {
    return this.session.traceId;
  }
  get direction(): 'in' | 'out' {
    return this.session.direction;
  }
  get application(): string {
    return this.session.application;
  }
  get state(): CallState {
    return this.session.state;
  }
  get log(): Log {
    return this.session.log;
  }
  get signal(): AbortSignal {
    return this.session.signal;
  }
  get ended(): Promise<CallEnd> {
    return this.session.ended;
  }
  get connected(): Promise<void> {
    this.#connected ??= this.#sessionStart();
    return this.#connected;
  }
  get labels(): CallLabels {
    return this.#labels;
  }
  /** @throws CodedError `rpc.wrongType` when they are too large. */
  set labels(labels: CallLabels) {
    this.#labels = checkedLabels(labels);
    if (this.session.answeredAtMs !== null && this.state !== 'ended') this.services.labelled(this);
  }
  get remoteParty(): string {
    return this.direction === 'in' ? this.from : this.to;
  }

  identity(): CallerIdentity {
    return callerIdentity(this.session.dialog.invite);
  }

  diversions(): readonly Diversion[] {
    return diversionsOf(this.session.dialog.invite);
  }

  ring(): void {
    this.session.reply(180);
  }

  early(options: { readonly headers?: readonly HeaderLine[] } = {}): Promise<void> {
    return quiet(this.#answer(183, options));
  }

  accept(options: { readonly headers?: readonly HeaderLine[]; readonly sessionUri?: string } = {}): Promise<void> {
    return quiet(this.direction === 'out' ? this.connected : this.#answer(200, options));
  }

  reject(status: number, reason?: string, options?: ResponseOptions): void {
    if (this.direction === 'out' || this.state === 'connected') this.hangup();
    else this.session.reply(status, reason, options);
  }

  play(
    prompt: Prompt | null,
    options: { readonly where?: 'back' | 'front'; readonly loop?: boolean } = {},
  ): Promise<PlayResult> {
    if (prompt === null) return Promise.resolve({ reason: 'finished', playedMs: 0 });
    const request: PlayRequest = { kind: 'prompt', prompt: prompt.id, loop: options.loop ?? false };
    try {
      return this.#play(request, options.where ?? 'back', prompt.sampleRateHz).ended;
    } catch (fault) {
      return quiet(Promise.reject(fault));
    }
  }

  playItem(
    request: PlayRequest,
    options: { readonly where?: 'back' | 'front' } = {},
  ): { readonly item: ItemId; readonly ended: Promise<PlayResult> } {
    const rate = request.kind === 'remote' ? request.ring.sampleRateHz : 8000;
    return this.#play(request, options.where ?? 'back', rate);
  }

  flush(): void {
    this.session.media?.flush();
  }

  key(options: { readonly timeoutMs?: number } = {}): Promise<string | null> {
    return this.#keyQueue().next(options.timeoutMs);
  }

  onKey(listener: (key: string, durationMs: number) => void): Disposable {
    return this.on((event) => {
      if (event.kind === 'key') listener(event.key, event.durationMs);
      return 'default';
    });
  }

  on(listener: (event: CallEvent) => EventVerdict | undefined): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  sendKeys(keys: string, options: SendKeysOptions = {}): void {
    sendKeys(this.session, keys, options);
  }

  record(path: string, options?: RecordOptions): Promise<Recording> {
    return quiet((async () => this.#stream().record(path, options))());
  }

  join(room: string, options: RoomOptions = {}): RoomSeat {
    return this.services.rooms.join(this.session, this.#stream(), room, options);
  }

  bridge(other: Call): Disposable {
    return bridgeCalls(this, other);
  }

  transfer(uri: string, options: TransferOptions = {}): Promise<void> {
    const check = (target: string): void => this.services.checkTarget(target, `call:${this.tag}`);
    return quiet(transferCall(this.session, uri, check, options));
  }

  transferTo(other: Call, options: TransferOptions = {}): Promise<void> {
    const own = this.services.layered(other.tag);
    const target = own === null ? Promise.reject(new CodedError('call.ended')) : Promise.resolve(own.session);
    return quiet(target.then((session) => transferToCall(this.session, session, options)));
  }

  setReceiving(receiving: boolean): void {
    this.session.setReceiving(receiving);
  }

  hold(options: { readonly direction?: 'sendonly' | 'inactive' } = {}): Promise<void> {
    return quiet(this.#turnTo(options.direction ?? 'sendonly'));
  }

  resume(): Promise<void> {
    return quiet(this.#turnTo('sendrecv'));
  }

  hangup(why?: Why): void {
    this.session.end(why === undefined ? {} : { why });
  }

  async #turnTo(direction: 'sendrecv' | 'sendonly' | 'inactive'): Promise<void> {
    const { session } = this;
    this.#mustLive();
    if (session.state !== 'connected') throw new CodedError('call.wrongState', 'only an answered call can be held');
    const { status, reason } = await session.reinvite({ direction });
    this.#mustLive();
    if (status >= 300) throw new CodedError('call.failed', `the other side refused the re-INVITE: ${status} ${reason}`);
  }

  async #answer(
    status: 183 | 200,
    options: { readonly headers?: readonly HeaderLine[]; readonly sessionUri?: string },
  ): Promise<void> {
    const { session } = this;
    this.#mustLive();
    if (session.state === 'connected') throw new CodedError('call.wrongState', 'the call is answered already');
    const body = await session.answerBody(options.sessionUri === undefined ? {} : { sessionUri: options.sessionUri });
    this.#mustLive();
    session.reply(status, undefined, { body, ...(options.headers === undefined ? {} : { headers: options.headers }) });
    // A late offer is answered by the ACK; until then there is nobody to play to.
    if (status === 200) await this.connected;
  }

  /** Offer and answer are complete and the INVITE has its 2xx. */
  #sessionStart(): Promise<void> {
    const { session } = this;
    return abortable(session.signal, (resolve) => {
      if (session.state === 'connected' && session.negotiation.parameters !== null) {
        resolve();
        return;
      }
      const watching = session.watch((event) => {
        if (event.kind !== 'sessionStart') return;
        watching.dispose();
        resolve();
      });
    });
  }

  #play(
    request: PlayRequest,
    where: 'back' | 'front',
    sampleRateHz: number,
  ): { readonly item: ItemId; readonly ended: Promise<PlayResult> } {
    const [item] = this.#stream().play([request], where);
    if (item === undefined) throw new CodedError('media.failed', 'the stream gave no item');
    const ended = abortable<PlayResult>(this.signal, (resolve) => {
      this.#playing.set(item, { sampleRateHz, end: resolve });
    });
    return { item, ended };
  }

  #keyQueue(): KeyQueue {
    this.#keys ??= new KeyQueue(this.session.clock, this.signal);
    return this.#keys;
  }

  #stream(): MediaStream {
    this.#mustLive();
    const { media } = this.session;
    if (media === null) throw new CodedError('call.wrongState', 'the call has no media yet: accept it first');
    return media;
  }

  #mustLive(): void {
    const { endReason } = this.session;
    if (endReason !== null) throw endReason;
  }

  #onArrival(event: CallEvent): void {
    if (event.kind !== 'media' || event.event.kind !== 'itemEnded') return;
    const { item, reason, playedSamples } = event.event;
    const playing = this.#playing.get(item);
    if (playing === undefined) return;
    this.#playing.delete(item);
    playing.end({ reason, playedMs: (playedSamples * 1000) / playing.sampleRateHz });
  }

  #onEvent(event: CallEvent): EventVerdict {
    let verdict: EventVerdict = 'default';
    for (const listener of [...this.#listeners]) if (listener(event) === 'handled') verdict = 'handled';
    if (verdict === 'default' && event.kind === 'key') this.#keyQueue().push(event.key);
    return verdict;
  }
}
