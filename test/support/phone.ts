import type { Seams, SimHost } from '../../core/runtime/index.ts';
import { createSipStack, type Dialog, type HeaderLine, type SipConfig, type SipStack } from '../../core/sip/index.ts';
import type { Driver } from './driver.ts';
import type { Law } from './g711.ts';
import { type HeardFigures, PhoneAudio } from './phone-audio.ts';
import { PhoneCall } from './phone-call.ts';
import type { Signal } from './tones.ts';

export interface PhoneOptions {
  readonly name: string;
  /** Codecs in order of preference. Default: PCMU, PCMA. */
  readonly laws?: readonly Law[];
}

export interface CallOptions {
  readonly headers?: readonly HeaderLine[];
  readonly credentials?: { readonly user: string; readonly password: string; readonly realm: string };
  /** No offer in the INVITE. */
  readonly lateOffer?: boolean;
}

/** What the world gives to each phone. */
export interface PhoneParts {
  readonly host: SimHost;
  readonly seams: Seams;
  readonly sip: SipConfig;
  readonly driver: Driver;
  /** `10.0.0.1` or `10.0.0.1:5060`: where names without a host are called. */
  readonly server: string;
  readonly options: PhoneOptions;
}

/**
 * A simulated phone on a host of its own: our SIP stack, its own RTP and G.711. Most tests have one
 * call a phone; the verbs below act on the newest one.
 */
export class Phone {
  readonly name: string;
  readonly address: string;
  readonly host: SimHost;
  readonly sip: SipStack;
  readonly #parts: PhoneParts;
  readonly calls: PhoneCall[] = [];
  /** Called for each incoming call; the default waits for the test to answer. */
  onCall: (call: PhoneCall) => void = () => {};
  private constructor(parts: PhoneParts, sip: SipStack) {
    this.#parts = parts;
    this.name = parts.options.name;
    this.host = parts.host;
    this.address = parts.host.addresses[0] ?? '';
    this.sip = sip;
    sip.handlers = {
      onInvite: (dialog) => void this.#onInvite(dialog),
      onRequest: (request) => request.respond(request.request.method === 'OPTIONS' ? 200 : 405),
    };
    sip.open();
  }

  static async create(parts: PhoneParts): Promise<Phone> {
    const address = parts.host.addresses[0] ?? '';
    const sip = await createSipStack(parts.seams, {
      ...parts.sip,
      listen: [
        { transport: 'udp', address, port: 5060 },
        { transport: 'tcp', address, port: 5060 },
      ],
      serverHeader: `phone ${parts.options.name}`,
    });
    return new Phone(parts, sip);
  }

  /** Its SIP address, for dial-out. */
  get uri(): string {
    return `sip:${this.name}@${this.address}`;
  }

  /** The newest call. @throws Error when there is none. */
  get current(): PhoneCall {
    const call = this.calls.at(-1);
    if (call === undefined) throw new Error(`${this.name} has no call`);
    return call;
  }

  /** Calls and waits for the answer. `conference` means `sip:conference@<the server>`. */
  async call(target: string, options: CallOptions = {}): Promise<PhoneCall> {
    const call = await this.dial(target, options);
    return call.isAnswered();
  }

  /** Calls and does not wait. */
  async dial(target: string, options: CallOptions = {}): Promise<PhoneCall> {
    const requestUri = target.includes(':') ? target : `sip:${target}@${this.#parts.server}`;
    const audio = await this.#openAudio();
    let call: PhoneCall | null = null;
    const dialog = this.sip.invite({
      requestUri,
      from: `"${this.name}" <${this.uri}>`,
      to: `<${requestUri}>`,
      localTag: Buffer.from(this.#parts.seams.random.secure(12)).toString('hex'),
      ...(options.headers === undefined ? {} : { headers: options.headers }),
      ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
      offer: async () => (options.lateOffer === true ? null : (call?.sdp() ?? null)),
    });
    call = this.#add(dialog, audio);
    return call;
  }

  /** Answers calls from now on, as soon as they come (after `afterMs` of ringing). */
  answers(afterMs = 0): void {
    this.onCall = (call) => {
      call.ring();
      this.#parts.seams.clock.after(afterMs, () => {
        if (call.state === 'ringing') call.answer();
      });
    };
  }

  /** Refuses calls from now on. */
  rejects(status: number): void {
    this.onCall = (call) => call.reject(status);
  }

  /** Waits for an incoming call in `state`. */
  async isCalled(options: { readonly limitMs?: number; readonly state?: PhoneCall['state'] } = {}): Promise<PhoneCall> {
    const wanted = options.state ?? 'ringing';
    await this.#parts.driver.until(
      () => this.calls.at(-1)?.state === wanted,
      options.limitMs ?? 10_000,
      () => `${this.name} was not called`,
    );
    return this.current;
  }

  says(signal: Signal): void {
    this.current.says(signal);
  }

  hears(signal: Signal, options?: { readonly without?: readonly Signal[]; readonly limitMs?: number }): Promise<void> {
    return this.current.hears(signal, options);
  }

  hearsSilence(options?: { readonly limitMs?: number }): Promise<void> {
    return this.current.hearsSilence(options);
  }

  press(keys: string): Promise<void> {
    return this.current.press(keys);
  }

  pressByInfo(keys: string): Promise<void> {
    return this.current.pressByInfo(keys);
  }

  hold(): Promise<void> {
    return this.current.hold();
  }

  resume(): Promise<void> {
    return this.current.resume();
  }

  bye(): Promise<void> {
    return this.current.bye();
  }

  figures(): HeardFigures {
    return this.current.audio.figures();
  }

  /** Gone without a word: no BYE, no RTP, no answer to anything. */
  vanish(): void {
    this.host.unplug();
    for (const call of this.calls) call.drop();
    void this.sip.close();
  }

  /** Ends everything here at once, silently. */
  async close(): Promise<void> {
    for (const call of this.calls) call.drop();
    await this.sip.close();
  }

  async #onInvite(dialog: Dialog): Promise<void> {
    const call = this.#add(dialog, await this.#openAudio());
    this.onCall(call);
  }

  async #openAudio(): Promise<PhoneAudio> {
    const { seams } = this.#parts;
    const io = seams.packetIo();
    const socket = await io.open(this.address, 0);
    return new PhoneAudio({ clock: seams.clock, io, socket, ssrc: seams.random.integer(2 ** 32) });
  }

  #add(dialog: Dialog, audio: PhoneAudio): PhoneCall {
    const call = new PhoneCall({
      dialog,
      audio,
      driver: this.#parts.driver,
      name: this.name,
      laws: this.#parts.options.laws ?? ['PCMU', 'PCMA'],
      address: this.address,
    });
    this.calls.push(call);
    return call;
  }
}
