import type { Dialog, DialogEvent, ServerRequest, SipResponse } from '../../core/sip/index.ts';
import type { Driver } from './driver.ts';
import type { Law } from './g711.ts';
import type { PhoneAudio } from './phone-audio.ts';
import { chooseFormats, type PhoneDirection, type PhoneSdp, parsePhoneSdp, printPhoneSdp } from './phone-sdp.ts';
import { levelAt, loudness, type Signal, spectrum } from './tones.ts';

/** `ringing`: not answered yet · `talking` · `ended`. */
export type PhoneCallState = 'ringing' | 'talking' | 'ended';

/** A tone counts as heard from this peak level on, as absent below a quarter of it. */
const heardLevel = 1000;
const windowMs = 200;

/** What we answer to each direction of the other side. */
const answerTo: Readonly<Record<PhoneDirection, PhoneDirection>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/** One call of a phone. Verbs that wait let simulated time pass. */
export class PhoneCall {
  readonly dialog: Dialog;
  readonly audio: PhoneAudio;
  readonly #driver: Driver;
  readonly #name: string;
  readonly #laws: readonly Law[];
  readonly #address: string;
  #sdpVersion = 1;
  #state: PhoneCallState = 'ringing';
  /** Final status of the INVITE; 0 before. */
  status = 0;
  reason = '';
  /** The final refusal, with its headers. */
  refusal: SipResponse | null = null;
  /** Provisional statuses that came. */
  readonly provisional: number[] = [];
  /** How the call ended: '' before. */
  ending: '' | 'refused' | 'we hung up' | 'they hung up' | 'cancelled' | 'lost' = '';
  /** Other requests that came in the dialog: method and body. */
  readonly requests: { readonly method: string; readonly body: string }[] = [];
  /** The other side's last session description. */
  remoteSdp: PhoneSdp | null = null;

  constructor(parts: {
    readonly dialog: Dialog;
    readonly audio: PhoneAudio;
    readonly driver: Driver;
    readonly name: string;
    readonly laws: readonly Law[];
    readonly address: string;
  }) {
    this.dialog = parts.dialog;
    this.audio = parts.audio;
    this.#driver = parts.driver;
    this.#name = parts.name;
    this.#laws = parts.laws;
    this.#address = parts.address;
    if (parts.dialog.role === 'callee' && parts.dialog.invite.body.length > 0) {
      this.remoteSdp = parsePhoneSdp(Buffer.from(parts.dialog.invite.body).toString());
    }
    parts.dialog.onEvent = (event) => this.#onDialog(event);
  }

  get state(): PhoneCallState {
    return this.#state;
  }

  /** Our session description. */
  sdp(direction: PhoneDirection = 'sendrecv') {
    const numbers = { PCMU: 0, PCMA: 8 } as const;
    const formats = [
      ...this.#laws.map((law) => ({ number: numbers[law], name: law })),
      { number: 101, name: 'telephone-event' },
    ];
    const text = printPhoneSdp(
      { address: this.#address, port: this.audio.port, direction, formats },
      this.#sdpVersion++,
    );
    return { contentType: 'application/sdp', content: Buffer.from(text) };
  }

  // Incoming

  ring(): void {
    this.dialog.respond(180);
  }

  answer(): void {
    this.#state = 'talking';
    this.status = 200;
    this.dialog.respond(200, 'OK', { body: this.sdp() });
    if (this.remoteSdp !== null) this.#talkTo(this.remoteSdp);
  }

  /** 183 with our session description: early media, reliably if the caller takes that. */
  early(): void {
    this.dialog.respond(183, undefined, { body: this.sdp() });
    if (this.remoteSdp !== null) this.#talkTo(this.remoteSdp);
  }

  reject(status: number): void {
    this.status = status;
    this.#end('refused');
    this.dialog.respond(status);
  }

  // Both ways

  says(signal: Signal): void {
    this.audio.say(signal);
  }

  /** Waits until every tone of `signal` is heard, and nothing of `without`. */
  async hears(signal: Signal, options: { readonly without?: readonly Signal[]; readonly limitMs?: number } = {}) {
    const { without = [], limitMs = 3000 } = options;
    const absent = without.flatMap(({ frequenciesHz }) => frequenciesHz);
    await this.#hearUntil(
      `hear ${signal.name}${absent.length > 0 ? ` without ${absent.join(', ')} Hz` : ''}`,
      (samples) =>
        signal.frequenciesHz.every((hz) => levelAt(samples, hz) > heardLevel) &&
        absent.every((hz) => levelAt(samples, hz) < heardLevel / 4),
      limitMs,
    );
  }

  async hearsSilence(options: { readonly limitMs?: number } = {}): Promise<void> {
    await this.#hearUntil('hear silence', (samples) => loudness(samples) < 20, options.limitMs ?? 3000);
  }

  /** True when that tone is in the last 200 ms. */
  isHearing(signal: Signal): boolean {
    const samples = this.audio.heard(windowMs);
    return signal.frequenciesHz.every((hz) => levelAt(samples, hz) > heardLevel);
  }

  /** Presses keys (RFC 4733); resolves when all are sent. */
  async press(keys: string): Promise<void> {
    this.audio.press(keys);
    await this.#driver.until(
      () => !this.audio.keysPending || this.#state === 'ended',
      keys.length * 1000,
      () => `${this.#name} could not press ${keys}`,
    );
  }

  /** Presses keys by SIP INFO (application/dtmf-relay); resolves when all are answered. */
  async pressByInfo(keys: string): Promise<void> {
    for (const key of keys) {
      await this.#request('INFO', 'application/dtmf-relay', `Signal=${key}\r\nDuration=160\r\n`);
    }
  }

  /** Re-INVITE with `sendonly`: they are on hold. */
  async hold(): Promise<void> {
    await this.#reinvite('sendonly');
    this.audio.sending = false;
  }

  async resume(): Promise<void> {
    await this.#reinvite('sendrecv');
    this.audio.sending = true;
  }

  /** Hangs up (CANCEL before the answer); resolves when nothing is left of it here. */
  async bye(): Promise<void> {
    this.#end('we hung up');
    this.dialog.end();
    await this.#driver.advance(100);
  }

  /** Waits for the other side to end the call. */
  async isHungUp(options: { readonly limitMs?: number } = {}): Promise<void> {
    await this.#driver.until(
      () => this.#state === 'ended',
      options.limitMs ?? 5000,
      () => `${this.#name} is still ${this.#state}`,
    );
  }

  /** Waits for the answer. Rejects when refused. */
  async isAnswered(limitMs = 60_000): Promise<this> {
    await this.#driver.until(
      () => this.#state !== 'ringing',
      limitMs,
      () => `${this.#name} got no answer (${this.provisional.join(', ')})`,
    );
    if (this.ending === 'refused') throw new Error(`${this.#name} was refused: ${this.status} ${this.reason}`);
    return this;
  }

  /** Waits for the final refusal; gives its status. */
  async isRefused(limitMs = 60_000): Promise<number> {
    await this.#driver.until(
      () => this.#state !== 'ringing',
      limitMs,
      () => `${this.#name} got no answer`,
    );
    if (this.#state === 'talking') throw new Error(`${this.#name} was answered`);
    return this.status;
  }

  /** Stops at once, and tells nobody. */
  drop(): void {
    this.#end('lost');
  }

  async #reinvite(direction: PhoneDirection): Promise<void> {
    const response = await this.#driver.during(
      this.dialog.request('INVITE', { body: this.sdp(direction) }),
      40_000,
      're-INVITE',
    );
    if (response.status !== 200) throw new Error(`re-INVITE was refused: ${response.status} ${response.reason}`);
    this.#talkTo(parsePhoneSdp(Buffer.from(response.body).toString()));
  }

  async #request(method: string, contentType: string, body: string): Promise<void> {
    const request = this.dialog.request(method, { body: { contentType, content: Buffer.from(body) } });
    const response = await this.#driver.during(request, 40_000, method);
    if (response.status !== 200) throw new Error(`${method} was refused: ${response.status} ${response.reason}`);
  }

  async #hearUntil(what: string, isRight: (samples: Int16Array) => boolean, limitMs: number): Promise<void> {
    // Only what comes from now on counts.
    const fromMs = this.audio.heardMs + windowMs;
    let lookedAtMs = 0;
    await this.#driver.until(
      () => {
        if (this.audio.heardMs < fromMs || this.audio.heardMs === lookedAtMs) return false;
        lookedAtMs = this.audio.heardMs;
        return isRight(this.audio.heard(windowMs));
      },
      limitMs,
      () => `${this.#name} should ${what}, but hears ${this.describe()}`,
    );
  }

  /** What is in the last 200 ms, in words. */
  describe(): string {
    const samples = this.audio.heard(windowMs);
    const lines = spectrum(samples).map(({ hz, level }) => `${hz} Hz (${level})`);
    if (this.#state !== 'talking') return `nothing: the call is ${this.#state} (${this.status} ${this.ending})`;
    if (samples.length === 0) return 'nothing: no packet came';
    return lines.length === 0 ? `silence (loudness ${Math.round(loudness(samples))})` : lines.join(', ');
  }

  #onDialog(event: DialogEvent): void {
    switch (event.kind) {
      case 'provisional':
        this.provisional.push(event.response.status);
        this.#earlyMedia(event.response);
        break;
      case 'answered':
        this.#onAnswered(event.response);
        break;
      case 'failed':
        this.status = event.response.status;
        this.reason = event.response.reason;
        this.refusal = event.response;
        this.#end('refused');
        break;
      case 'acknowledged':
        if (event.body.length > 0) this.#talkTo(parsePhoneSdp(Buffer.from(event.body).toString()));
        break;
      case 'noAck':
        this.#end('lost');
        break;
      case 'cancelled':
        this.#end('cancelled');
        break;
      case 'bye':
        this.#end('they hung up');
        break;
      case 'remoteGone':
        this.#end('lost');
        break;
      case 'request':
        this.#onRequest(event.request);
        break;
      case 'noPrack':
        this.#end('lost');
        break;
      case 'provisionalAcknowledged':
        event.request.respond(200);
        break;
    }
  }

  #earlyMedia(response: SipResponse): void {
    if (response.status === 183 && response.body.length > 0) {
      this.#talkTo(parsePhoneSdp(Buffer.from(response.body).toString()));
    }
  }

  #onAnswered(response: SipResponse): void {
    this.status = response.status;
    this.reason = response.reason;
    this.dialog.acknowledge();
    if (this.#state === 'ended') return; // hung up meanwhile: the stack sends the BYE
    this.#state = 'talking';
    this.#talkTo(parsePhoneSdp(Buffer.from(response.body).toString()));
  }

  #onRequest(request: ServerRequest): void {
    const { method, body } = request.request;
    const text = Buffer.from(body).toString();
    this.requests.push({ method, body: text });
    if (method !== 'INVITE' && (method !== 'UPDATE' || text === '')) {
      request.respond(200);
      return;
    }
    if (text !== '') this.#talkTo(parsePhoneSdp(text));
    request.respond(200, 'OK', { body: this.sdp(answerTo[this.remoteSdp?.direction ?? 'sendrecv']) });
  }

  #talkTo(sdp: PhoneSdp): void {
    this.remoteSdp = sdp;
    const formats = chooseFormats(sdp, this.#laws);
    if (formats === null) throw new Error(`${this.#name}: no common codec`);
    if (this.#state !== 'ended') this.audio.start({ address: sdp.address, port: sdp.port, ...formats });
  }

  #end(ending: PhoneCall['ending']): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.ending = ending;
    this.audio.stop();
  }
}
