import {
  createSipStack,
  type Dialog,
  type DialogEvent,
  type HeaderLine,
  type SimulatedServer,
  type SipStack,
} from '../../../../core/index.ts';
import { PhoneAudio } from './phone-audio.ts';
import { audioTarget, phoneSdp } from './phone-sdp.ts';

/** `idle`: no call yet · `calling`: ours, not answered · `called`: theirs, not answered · `talking` · `ended`. */
export type PhoneState = 'idle' | 'calling' | 'called' | 'talking' | 'ended';

/** What a phone does with calls that come. */
export interface PhoneManners {
  /** Answers after so many seconds; null: only when it is told to. */
  readonly answersAfterS: number | null;
  /** Refuses with this status; null: does not. */
  readonly rejects: number | null;
}

/** A phone on a machine of its own, with one call at a time: the newest. */
export class Phone {
  readonly name: string;
  readonly #server: SimulatedServer;
  readonly #sip: SipStack;
  readonly #address: string;
  readonly #openAudio: () => Promise<PhoneAudio>;
  readonly #manners: PhoneManners;
  #dialog: Dialog | null = null;
  #audio: PhoneAudio | null = null;
  #state: PhoneState = 'idle';
  /** Final status of its call's INVITE; 0 before. */
  status = 0;
  /** Calls that came. */
  calledTimes = 0;
  readonly #words: { samples: Int16Array; repeats: boolean } = { samples: new Int16Array(0), repeats: true };

  private constructor(
    name: string,
    address: string,
    parts: { server: SimulatedServer; sip: SipStack; openAudio: () => Promise<PhoneAudio>; manners: PhoneManners },
  ) {
    this.name = name;
    this.#address = address;
    this.#server = parts.server;
    this.#sip = parts.sip;
    this.#openAudio = parts.openAudio;
    this.#manners = parts.manners;
    this.#sip.handlers = {
      onInvite: (dialog) => void this.#onInvite(dialog),
      onRequest: (request) => request.respond(request.request.method === 'OPTIONS' ? 200 : 405),
    };
    this.#sip.open();
  }

  static async create(server: SimulatedServer, name: string, address: string, manners: PhoneManners): Promise<Phone> {
    const { seams } = server.host(address, name);
    const listen = (['udp', 'tcp'] as const).map((transport) => ({ transport, address, port: 5060 }));
    const sip = await createSipStack(seams, { ...server.sip, listen, serverHeader: 'phone' });
    const openAudio = async (): Promise<PhoneAudio> => {
      const io = seams.packetIo();
      return new PhoneAudio({ clock: seams.clock, io, socket: await io.open(address, 0) });
    };
    return new Phone(name, address, { server, sip, openAudio, manners });
  }

  get state(): PhoneState {
    return this.#state;
  }

  get audio(): PhoneAudio | null {
    return this.#audio;
  }

  get uri(): string {
    return `sip:${this.name}@${this.#address}`;
  }

  /** Calls the server; a word without `sip:` is a user there. */
  async call(to: string, headers: readonly HeaderLine[]): Promise<void> {
    const requestUri = to.includes(':') ? to : `sip:${to}@${this.#server.address}`;
    const audio = await this.#fresh();
    this.#state = 'calling';
    this.#take(
      this.#sip.invite({
        requestUri,
        from: `"${this.name}" <${this.uri}>`,
        to: `<${requestUri}>`,
        localTag: `${this.name}-${this.#server.clock.nowMs()}`,
        headers,
        offer: async () => phoneSdp(this.#address, audio.port),
      }),
    );
  }

  /** Answers the call that came. False: there is none. */
  answer(): boolean {
    const dialog = this.#dialog;
    if (this.#state !== 'called' || dialog === null || this.#audio === null) return false;
    this.#state = 'talking';
    this.status = 200;
    dialog.respond(200, 'OK', { body: phoneSdp(this.#address, this.#audio.port) });
    this.#talk(dialog.invite.body);
    return true;
  }

  /** BYE, or CANCEL before the answer. False: there is no call. */
  hangUp(): boolean {
    if (this.#state === 'idle' || this.#state === 'ended') return false;
    this.#dialog?.end();
    this.#end();
    return true;
  }

  say(samples: Int16Array, repeats: boolean): void {
    this.#words.samples = samples;
    this.#words.repeats = repeats;
    this.#audio?.say(samples, repeats);
  }

  async close(): Promise<void> {
    this.#end();
    await this.#sip.close();
  }

  async #onInvite(dialog: Dialog): Promise<void> {
    this.calledTimes++;
    const { rejects, answersAfterS } = this.#manners;
    if (rejects !== null || this.#state === 'calling' || this.#state === 'talking') {
      dialog.respond(rejects ?? 486);
      return;
    }
    await this.#fresh();
    this.#state = 'called';
    this.#take(dialog);
    dialog.respond(180);
    if (answersAfterS !== null) this.#server.clock.after(answersAfterS * 1000, () => void this.answer());
  }

  async #fresh(): Promise<PhoneAudio> {
    this.#audio?.stop();
    const audio = await this.#openAudio();
    audio.say(this.#words.samples, this.#words.repeats);
    this.#audio = audio;
    this.status = 0;
    return audio;
  }

  #take(dialog: Dialog): void {
    this.#dialog = dialog;
    dialog.onEvent = (event) => {
      if (dialog === this.#dialog) this.#onDialog(dialog, event);
    };
  }

  #onDialog(dialog: Dialog, event: DialogEvent): void {
    switch (event.kind) {
      case 'provisional':
        this.#talk(event.response.body);
        break;
      case 'answered':
        this.status = event.response.status;
        dialog.acknowledge();
        if (this.#state !== 'calling') break;
        this.#state = 'talking';
        this.#talk(event.response.body);
        break;
      case 'failed':
        this.status = event.response.status;
        this.#end();
        break;
      case 'request':
        if (event.request.request.method === 'INVITE') {
          this.#talk(event.request.request.body);
          event.request.respond(200, 'OK', { body: phoneSdp(this.#address, this.#audio?.port ?? 9) });
        } else event.request.respond(200);
        break;
      case 'acknowledged':
        this.#talk(event.body);
        break;
      case 'provisionalAcknowledged':
        event.request.respond(200);
        break;
      case 'cancelled':
      case 'bye':
      case 'noAck':
      case 'noPrack':
      case 'remoteGone':
        this.#end();
        break;
      default:
        break;
    }
  }

  #talk(body: Uint8Array): void {
    const target = body.length === 0 ? null : audioTarget(body);
    if (target !== null && this.#state !== 'ended') this.#audio?.start(target);
  }

  #end(): void {
    if (this.#state === 'idle') return;
    this.#state = 'ended';
    this.#audio?.stop();
  }
}
