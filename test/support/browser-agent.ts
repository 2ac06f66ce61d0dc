/** A browser with a page that calls, in simulated time: SIP over a WebSocket, JSEP, ICE, DTLS and SRTP of its own. */
import type { Endpoint, Seams, SimHost } from '../../core/runtime/index.ts';
import { type BrowserSdp, parseBrowserSdp, printBrowserSdp } from './browser-sdp.ts';
import { header, methodOf, SimSipWebSocket, statusOf, tagOf, type WebMessage } from './browser-sip.ts';
import { BrowserTransport } from './browser-transport.ts';
import type { Law } from './g711.ts';
import { type HeardFigures, PhoneAudio } from './phone-audio.ts';
import type { PhoneDirection } from './phone-sdp.ts';
import { levelAt, loudness, type Signal, spectrum } from './tones.ts';
import { serverAddress, type World } from './world.ts';

const heardLevel = 1000;
const windowMs = 200;
const webSocketPort = 8090;

const answerTo: Readonly<Record<PhoneDirection, PhoneDirection>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

export interface BrowserOptions {
  readonly name?: string;
  /** As `Flow.pageHost`. */
  readonly pageHost?: string;
  readonly laws?: readonly Law[];
}

/** One page: one WebSocket, calls one after the other. */
export class BrowserAgent {
  readonly world: World;
  readonly address: string;
  readonly host: SimHost;
  readonly seams: Seams;
  socket: SimSipWebSocket;
  readonly name: string;
  readonly laws: readonly Law[];
  readonly calls: BrowserCall[] = [];

  constructor(world: World, address: string, { name = 'page', pageHost, laws = ['PCMU'] }: BrowserOptions = {}) {
    this.world = world;
    this.address = address;
    this.name = name;
    this.laws = laws;
    ({ host: this.host, seams: this.seams } = world.newHost(address));
    this.socket = this.#connect(50_000, pageHost);
  }

  #connect(port: number, pageHost: string | undefined): SimSipWebSocket {
    const { world, address } = this;
    const local: Endpoint = { address: serverAddress, port: webSocketPort };
    const socket = new SimSipWebSocket(world.clock, local, { address, port });
    socket.onHeard = (message) => this.#heard(message);
    world.server.sip.acceptWebSocket(socket, pageHost ?? null);
    return socket;
  }

  /** Another WebSocket after one that is closed: another flow, and no word about it. */
  reconnect(): void {
    this.socket = this.#connect(this.socket.remote.port + 1, undefined);
  }

  /** Calls and waits for the answer and for audio to be possible. */
  async call(target: string): Promise<BrowserCall> {
    const call = await this.dial(target);
    await call.isAnswered();
    await call.isConnected();
    return call;
  }

  /** Calls and does not wait. `change`: what else becomes of the offer on its way. */
  async dial(target: string, change: (offer: string) => string = (offer) => offer): Promise<BrowserCall> {
    const uri = target.includes(':') ? target : `sip:${target}@${serverAddress}`;
    const transport = await BrowserTransport.create(this.seams, this.address);
    const call = new BrowserCall(this, transport, uri);
    this.calls.push(call);
    call.invite(change);
    return call;
  }

  /** Gone without a word: WebSocket and media. */
  vanish(): void {
    this.host.unplug();
    this.socket.isOpen = false;
    for (const call of this.calls) call.drop();
  }

  close(): void {
    for (const call of this.calls) call.drop();
    this.socket.close(1000);
  }

  #heard(message: WebMessage): void {
    const callId = header(message, 'Call-ID');
    this.calls.find((call) => call.callId === callId)?.heard(message);
  }
}

export type BrowserCallState = 'calling' | 'talking' | 'ended';

export class BrowserCall {
  readonly agent: BrowserAgent;
  readonly transport: BrowserTransport;
  readonly audio: PhoneAudio;
  readonly callId: string;
  readonly #uri: string;
  readonly #localTag: string;
  #remoteTag = '';
  #target: string;
  #cseq = 1;
  #branch = '';
  #version = 1;
  #direction: PhoneDirection = 'sendrecv';
  /** Our role in DTLS, once it is agreed. */
  #setup: 'active' | 'passive' | null = null;
  readonly #waiting = new Map<number, (response: WebMessage) => void>();
  state: BrowserCallState = 'calling';
  status = 0;
  /** Final response to the INVITE. */
  final: WebMessage | null = null;
  readonly provisional: number[] = [];
  /** Requests that came in: all but ACK. */
  readonly requests: WebMessage[] = [];
  remoteSdp: BrowserSdp | null = null;
  /** Texts of the server's descriptions. */
  readonly descriptions: string[] = [];

  constructor(agent: BrowserAgent, transport: BrowserTransport, uri: string) {
    this.agent = agent;
    this.transport = transport;
    this.#uri = uri;
    this.#target = uri;
    const random = (): string => Buffer.from(agent.seams.random.secure(8)).toString('hex');
    this.callId = random();
    this.#localTag = random();
    this.audio = new PhoneAudio({
      clock: agent.seams.clock,
      io: transport,
      socket: transport.socket,
      ssrc: agent.seams.random.integer(2 ** 32),
    });
  }

  invite(change: (offer: string) => string): void {
    this.#branch = this.#newBranch();
    this.#say(this.#request('INVITE', this.#cseq, { body: change(this.#offer()), branch: this.#branch }));
  }

  // Verbs that wait let simulated time pass

  async isAnswered(limitMs = 10_000): Promise<this> {
    await this.#until(
      () => this.state !== 'calling',
      limitMs,
      () => `no answer (${this.provisional.join(', ')})`,
    );
    if (this.state === 'ended') throw new Error(`refused: ${this.final?.start}`);
    return this;
  }

  async isRefused(limitMs = 60_000): Promise<number> {
    await this.#until(
      () => this.state !== 'calling',
      limitMs,
      () => 'no answer',
    );
    return this.status;
  }

  /** ICE and DTLS are done. */
  async isConnected(limitMs = 5000): Promise<void> {
    await this.#until(
      () => this.transport.state.nominated && this.transport.state.secured,
      limitMs,
      () => `not connected: ${JSON.stringify(this.transport.state)}`,
    );
  }

  async isHungUp(limitMs = 5000): Promise<void> {
    await this.#until(
      () => this.state === 'ended',
      limitMs,
      () => `still ${this.state}`,
    );
  }

  says(signal: Signal): void {
    this.audio.say(signal);
  }

  async hears(
    signal: Signal,
    { without = [], limitMs = 3000 }: { without?: readonly Signal[]; limitMs?: number } = {},
  ) {
    const absent = without.flatMap(({ frequenciesHz }) => frequenciesHz);
    await this.#hearUntil(
      (samples) =>
        signal.frequenciesHz.every((hz) => levelAt(samples, hz) > heardLevel) &&
        absent.every((hz) => levelAt(samples, hz) < heardLevel / 4),
      limitMs,
      `should hear ${signal.name}`,
    );
  }

  async hearsSilence(limitMs = 3000): Promise<void> {
    await this.#hearUntil((samples) => loudness(samples) < 20, limitMs, 'should hear silence');
  }

  async press(keys: string): Promise<void> {
    this.audio.press(keys);
    await this.#until(
      () => !this.audio.keysPending,
      keys.length * 1000,
      () => `could not press ${keys}`,
    );
  }

  figures(): HeardFigures {
    return this.audio.figures();
  }

  hold(): Promise<WebMessage> {
    return this.reoffer('sendonly');
  }

  resume(): Promise<WebMessage> {
    return this.reoffer('sendrecv');
  }

  /** New ICE credentials, as `restartIce()` of a peer connection and the offer that follows. */
  restartIce(): Promise<WebMessage> {
    this.transport.restart();
    return this.reoffer(this.#direction);
  }

  /** re-INVITE; the answer is taken. */
  async reoffer(direction: PhoneDirection): Promise<WebMessage> {
    this.#direction = direction;
    this.#version++;
    const response = await this.request('INVITE', { body: this.#offer() });
    this.#say(this.#request('ACK', Number.parseInt(header(response, 'CSeq'), 10), {}));
    if (statusOf(response) === 200) this.#agree(response.body, 'answer');
    return response;
  }

  /** A request in the dialog; its final response. */
  request(
    method: string,
    parts: { body?: string; type?: string; headers?: readonly (readonly [string, string])[] } = {},
  ): Promise<WebMessage> {
    const cseq = ++this.#cseq;
    const answered = new Promise<WebMessage>((resolve) => this.#waiting.set(cseq, resolve));
    this.#say(this.#request(method, cseq, parts));
    return this.agent.world.driver.during(answered, 40_000, method);
  }

  /** BYE, or CANCEL before the answer. */
  async bye(): Promise<void> {
    if (this.state === 'calling') this.#say(this.#request('CANCEL', 1, { branch: this.#branch }));
    else if (this.state === 'talking') await this.request('BYE');
    this.drop();
    await this.agent.world.advance(100);
  }

  drop(): void {
    this.state = 'ended';
    this.audio.stop();
  }

  heard(message: WebMessage): void {
    if (statusOf(message) > 0) this.#onResponse(message);
    else this.#onRequest(message);
  }

  #onResponse(message: WebMessage): void {
    const status = statusOf(message);
    const cseq = Number.parseInt(header(message, 'CSeq'), 10);
    if (methodOf(message) === 'INVITE' && cseq === 1) this.#onInviteResponse(message, status);
    else if (status >= 200) {
      this.#waiting.get(cseq)?.(message);
      this.#waiting.delete(cseq);
    }
  }

  #onInviteResponse(message: WebMessage, status: number): void {
    if (status < 200) {
      if (status > 100) this.provisional.push(status);
      if (message.body !== '') this.#agree(message.body, 'answer');
      return;
    }
    this.final = message;
    this.status = status;
    this.#remoteTag = tagOf(header(message, 'To'));
    if (status >= 300) {
      this.#say(this.#request('ACK', 1, { branch: this.#branch }));
      this.drop();
      return;
    }
    this.#target = /<([^>]+)>/.exec(header(message, 'Contact'))?.[1] ?? this.#target;
    this.#say(this.#request('ACK', 1, {}));
    if (this.state === 'ended') {
      void this.request('BYE');
      return;
    }
    this.state = 'talking';
    if (message.body !== '') this.#agree(message.body, 'answer');
  }

  #onRequest(message: WebMessage): void {
    const method = methodOf(message);
    if (method === 'ACK') return;
    this.requests.push(message);
    let body = '';
    if ((method === 'INVITE' || method === 'UPDATE') && message.body !== '') {
      const offered = parseBrowserSdp(message.body);
      // New credentials of theirs: an ICE restart, which is answered by new ones of ours.
      if (this.remoteSdp !== null && offered.ufrag !== this.remoteSdp.ufrag) this.transport.restart();
      this.#direction = answerTo[offered.direction];
      this.#version++;
      this.#agree(message.body, 'offer');
      body = this.#sdp(this.#setup ?? 'active');
    } else if (method === 'INVITE') body = this.#offer();
    if (method === 'BYE') this.drop();
    const copied = message.headers.filter(([name]) => /^(?:via|from|to|call-id|cseq)$/i.test(name));
    this.#say({
      start: 'SIP/2.0 200 OK',
      headers: [...copied, this.#contact, ...(body === '' ? [] : [['Content-Type', 'application/sdp'] as const])],
      body,
    });
  }

  /** A description of the server is in force. */
  #agree(text: string, role: 'offer' | 'answer'): void {
    this.descriptions.push(text);
    const remote = parseBrowserSdp(text);
    this.remoteSdp = remote;
    // Who answers is the active one where it may choose; the role stays for the whole association.
    if (role === 'answer' && remote.setup !== 'active' && remote.setup !== 'passive')
      throw new Error(`an answer with a=setup:${remote.setup}`);
    this.#setup ??= remote.setup === 'active' ? 'passive' : 'active';
    this.transport.agree(remote, this.#setup);
    const format = remote.formats.find(({ name }) => this.agent.laws.some((law) => law === name));
    const law = this.agent.laws.find((each) => each === format?.name);
    if (format === undefined || law === undefined) throw new Error('no common codec');
    const eventType = remote.formats.find(({ name }) => name === 'telephone-event')?.number ?? null;
    if (this.state !== 'ended')
      this.audio.start({ address: serverAddress, port: 9, law, payloadType: format.number, eventType });
    // A page that holds sends nothing, whatever it might.
    this.audio.sending = this.#direction === 'sendrecv';
  }

  #offer(): string {
    return this.#sdp('actpass');
  }

  /** A newer offer, which is not sent. */
  offerNow(): string {
    this.#version++;
    return this.#offer();
  }

  #sdp(setup: string): string {
    const { laws } = this.agent;
    const withVideo = setup === 'actpass';
    return printBrowserSdp(this.transport.side, {
      version: this.#version,
      setup,
      direction: this.#direction,
      laws,
      withVideo,
    });
  }

  get #contact(): readonly [string, string] {
    return ['Contact', `<sip:${this.agent.name}@page.invalid;transport=ws>`];
  }

  #request(
    method: string,
    cseq: number,
    parts: { body?: string; type?: string; branch?: string; headers?: readonly (readonly [string, string])[] },
  ): WebMessage {
    const { body = '', type = 'application/sdp', branch = this.#newBranch(), headers = [] } = parts;
    const toTag = this.#remoteTag === '' || (method === 'CANCEL' && cseq === 1) ? '' : `;tag=${this.#remoteTag}`;
    return {
      start: `${method} ${this.#target} SIP/2.0`,
      headers: [
        ['Via', `SIP/2.0/WSS page.invalid;branch=${branch}`],
        ['Max-Forwards', '69'],
        ['From', `"${this.agent.name}" <sip:${this.agent.name}@page.invalid>;tag=${this.#localTag}`],
        ['To', `<${this.#uri}>${toTag}`],
        ['Call-ID', this.callId],
        ['CSeq', `${cseq} ${method}`],
        this.#contact,
        ...headers,
        ...(body === '' ? [] : [['Content-Type', type] as const]),
      ],
      body,
    };
  }

  #newBranch(): string {
    return `z9hG4bK${Buffer.from(this.agent.seams.random.secure(8)).toString('hex')}`;
  }

  #say(message: WebMessage): void {
    this.agent.socket.say(message);
  }

  #until(condition: () => boolean, limitMs: number, describe: () => string): Promise<void> {
    return this.agent.world.driver.until(condition, limitMs, () => `${this.agent.name}: ${describe()}`);
  }

  async #hearUntil(isRight: (samples: Int16Array) => boolean, limitMs: number, what: string): Promise<void> {
    const fromMs = this.audio.heardMs + windowMs;
    await this.#until(
      () => this.audio.heardMs >= fromMs && isRight(this.audio.heard(windowMs)),
      limitMs,
      () =>
        `${what}, but hears ${
          spectrum(this.audio.heard(windowMs))
            .map(({ hz, level }) => `${hz} Hz (${level})`)
            .join(', ') || 'nothing'
        }`,
    );
  }
}
