import type {
  ItemId,
  MediaLoad,
  MediaPool,
  MediaRelay,
  MediaRoom,
  MediaStream,
  MemberSettings,
  OpenStreamOptions,
  PlayoutOptions,
  PlayRequest,
  Prompt,
  Recording,
  RelayEvent,
  RelayLine,
  RelayLineStats,
  RelayRemote,
  RelaySideName,
  RelaySideStats,
  RelayStats,
  RemoteStream,
  Speaker,
  StreamEvent,
  StreamSnapshot,
  StreamStats,
  StreamWebRtc,
} from '../../../core/media/index.ts';
import { defaultRoomSettings } from '../../../core/media/worker/protocol.ts';
import { CodedError, type Disposable } from '../../../core/runtime/index.ts';
import type { AudioParameters, MediaCapabilities } from '../../../core/sdp/index.ts';

export const stats: StreamStats = {
  packetsSent: 5,
  octetsSent: 800,
  packetsReceived: 4,
  octetsReceived: 640,
  packetsLost: 1,
  packetsLate: 0,
  packetsDuplicate: 0,
  packetsFromStrangers: 0,
  packetsMalformed: 0,
  packetsUnknownPayload: 0,
  packetsNotAuthentic: 0,
  packetsReplayed: 0,
  sendErrors: 0,
  concealedMs: 20,
  jitterMs: 1.5,
  roundTripMs: null,
  codec: 'PCMU/8000',
  packetsOtherSource: 0,
  relearned: 0,
  rxLevelDb: -20,
  txLevelDb: -20,
  clippedSamples: 0,
  playoutDelayMs: 40,
  stretchedMs: 0,
  droppedMs: 0,
  remoteLossFraction: null,
  remoteJitterMs: null,
  mos: 4.2,
};

/** Notes what it is told; the test says what happens. */
export class FakeStream implements MediaStream {
  readonly id: number;
  readonly address: string;
  readonly rtpPort: number;
  readonly worker = 0;
  readonly options: OpenStreamOptions;
  onEvent: (event: StreamEvent) => void = () => {};
  readonly configured: AudioParameters[] = [];
  readonly items: { readonly item: ItemId; readonly request: PlayRequest }[] = [];
  muted = false;
  sentKeys = '';
  closed = false;
  static nextItem = 1;

  constructor(id: number, options: OpenStreamOptions) {
    this.id = id;
    this.options = options;
    this.address = options.localAddress;
    this.rtpPort = 10000 + 2 * id;
  }

  get webRtc(): StreamWebRtc | null {
    if (this.options.webRtc !== true) return null;
    const round = String(this.restarts);
    return {
      ufrag: `ours${round}`,
      password: `a-password-of-ours-that-is-long-${round}`.replaceAll('-', '+'),
      fingerprint: { algorithm: 'sha-256', value: new Array<string>(32).fill('AB').join(':') },
      onePort: false,
      tcpPort: null,
    };
  }

  restarts = 0;

  async restartIce(): Promise<StreamWebRtc> {
    this.restarts++;
    const { webRtc } = this;
    if (webRtc === null) throw new Error('no browser leg');
    return webRtc;
  }

  configure(parameters: AudioParameters): void {
    // The very same again only starts the wait for media anew.
    if (this.configured.at(-1) !== parameters) this.configured.push(parameters);
  }

  play(items: readonly PlayRequest[], where: 'back' | 'front' = 'back'): readonly ItemId[] {
    const entries = items.map((request) => ({ item: FakeStream.nextItem++, request }));
    if (where === 'back') this.items.push(...entries);
    else this.items.unshift(...entries);
    return entries.map(({ item }) => item);
  }

  /** The first entry ends by itself. */
  finish(playedSamples = 8000): void {
    const [first] = this.items.splice(0, 1);
    if (first !== undefined) this.#ended(first.item, 'finished', playedSamples);
  }

  flush(): void {
    for (const { item } of this.items.splice(0)) this.#ended(item, 'flushed', 80);
  }

  removeItem(item: ItemId): void {
    const at = this.items.findIndex((entry) => entry.item === item);
    if (at < 0) return;
    this.items.splice(at, 1);
    this.#ended(item, 'flushed', 80);
  }

  #ended(item: ItemId, reason: 'finished' | 'flushed', playedSamples: number): void {
    this.onEvent({ kind: 'itemEnded', stream: this.id, item, reason, playedSamples });
  }

  press(key: string, durationMs = 100): void {
    this.onEvent({ kind: 'key', stream: this.id, key, durationMs });
  }

  setMuted(muted: boolean): void {
    this.muted = muted;
  }

  seat: MemberSettings = {
    gainInDb: 0,
    gainOutDb: 0,
    muted: false,
    deaf: false,
    automaticGain: null,
    noiseGate: null,
    group: '',
    hears: null,
    heardBy: null,
  };

  setSeat(settings: MemberSettings): void {
    this.seat = settings;
  }

  setPlayout(options: Partial<PlayoutOptions>): void {
    this.playout = options;
  }

  playout: Partial<PlayoutOptions> = {};

  setReceiving(): void {}

  setSending(): void {}

  sendKeys(keys: string): void {
    this.sentKeys += keys;
  }

  record(path: string): Promise<Recording> {
    return Promise.resolve({
      path,
      lengthMs: 0,
      paused: false,
      pause() {},
      resume() {},
      stop: () => Promise.resolve({ lengthMs: 0 }),
      ended: new Promise(() => {}),
    });
  }

  stats(): Promise<StreamStats> {
    return Promise.resolve(stats);
  }

  snapshot(): Promise<StreamSnapshot> {
    return Promise.resolve({
      version: 1,
      stream: this.id,
      address: this.address,
      rtpPort: this.rtpPort,
      rtpSocket: 0,
      rtcpSocket: 0,
      options: { symmetric: true, rtpTimeoutMs: 0, ssrc: 1, cname: 'c' },
      parameters: this.configured.at(-1) ?? null,
      items: [],
      state: {},
    });
  }

  close(): Promise<StreamStats> {
    this.closed = true;
    return Promise.resolve(stats);
  }
}

const sideStats: RelaySideStats = {
  packetsReceived: 2,
  packetsSent: 2,
  octetsSent: 344,
  packetsFromStrangers: 0,
  packetsEmpty: 0,
  packetsMalformed: 0,
  packetsHeld: 0,
  sendErrors: 0,
};

/** Notes how its sides are configured. */
export class FakeRelayLine implements RelayLine {
  readonly id: number;
  readonly a: { readonly address: string; readonly rtpPort: number };
  readonly b: { readonly address: string; readonly rtpPort: number };
  readonly configured: { readonly side: RelaySideName; readonly remote: RelayRemote | null }[] = [];
  closed = false;

  constructor(id: number, addressA: string, addressB: string) {
    this.id = id;
    this.a = { address: addressA, rtpPort: 30000 + 4 * id };
    this.b = { address: addressB, rtpPort: 30002 + 4 * id };
  }

  configure(side: RelaySideName, remote: RelayRemote | null): void {
    this.configured.push({ side, remote });
  }

  stats(): Promise<RelayLineStats> {
    return Promise.resolve({ a: sideStats, b: sideStats });
  }

  close(): Promise<RelayLineStats> {
    this.closed = true;
    return this.stats();
  }
}

export class FakeRelay implements MediaRelay {
  readonly lines: FakeRelayLine[] = [];
  onEvent: (event: RelayEvent) => void = () => {};
  closed = false;
  readonly #media: FakeMedia;
  readonly #addresses: readonly [a: string, b: string];

  constructor(media: FakeMedia, addressA: string, addressB: string) {
    this.#media = media;
    this.#addresses = [addressA, addressB];
  }

  openLine(): Promise<RelayLine> {
    const line = new FakeRelayLine(this.#media.nextRelayLine++, ...this.#addresses);
    this.lines.push(line);
    return Promise.resolve(line);
  }

  async close(): Promise<RelayStats> {
    this.closed = true;
    return { lines: await Promise.all(this.lines.map((line) => line.close())) };
  }
}

export class FakeMedia implements MediaPool {
  readonly packetIo = 'sim';
  readonly unavailable = [];
  readonly capabilities: MediaCapabilities = {
    codecs: [
      { name: 'PCMU', clockRateHz: 8000, channels: 1, staticPayloadType: 0, fmtp: null },
      { name: 'PCMA', clockRateHz: 8000, channels: 1, staticPayloadType: 8, fmtp: null },
    ],
    ptimeMs: 20,
  };
  readonly streams: FakeStream[] = [];
  readonly relays: FakeRelay[] = [];
  nextRelayLine = 0;
  /** Streams that may be open at the same time. */
  limit = 10_000;

  get open(): FakeStream[] {
    return this.streams.filter(({ closed }) => !closed);
  }

  openStream(options: OpenStreamOptions): Promise<MediaStream> {
    if (this.open.length >= this.limit) return Promise.reject(new CodedError('media.noPort'));
    const stream = new FakeStream(this.streams.length, options);
    this.streams.push(stream);
    return Promise.resolve(stream);
  }

  openRelay(options: { readonly localAddressA: string; readonly localAddressB: string }): Promise<MediaRelay> {
    const relay = new FakeRelay(this, options.localAddressA, options.localAddressB);
    this.relays.push(relay);
    return Promise.resolve(relay);
  }

  restoreStream(snapshot: StreamSnapshot): Promise<MediaStream> {
    const stream = new FakeStream(this.streams.length, { localAddress: snapshot.address });
    this.streams.push(stream);
    return Promise.resolve(stream);
  }

  prompt(path: string): Promise<Prompt> {
    return Promise.resolve({ id: 7, path, lengthMs: 1000, sampleRateHz: 8000 });
  }

  /** Set: new calls are refused for it. */
  overload: CodedError | null = null;

  refusal(): CodedError | null {
    return this.overload;
  }

  prepareWebRtc(): void {}

  /** Rooms whose speakers somebody watches; call the listeners to tell who speaks. */
  readonly speakerWatchers = new Map<string, (speakers: readonly Speaker[]) => void>();

  room(name: string): MediaRoom {
    const missing = (): never => {
      throw new CodedError('media.failed', 'the fake has no rooms');
    };
    return {
      name,
      settings: defaultRoomSettings,
      configure: missing,
      member: missing,
      play: missing,
      flush: missing,
      record: missing,
      onEvent: () => {},
      watchSpeakers: (listener) => {
        this.speakerWatchers.set(name, listener);
        return { dispose: () => void this.speakerWatchers.delete(name) };
      },
      close: async () => {},
    };
  }

  remoteStream(): RemoteStream {
    throw new CodedError('media.failed', 'the fake has no remote streams');
  }

  load(): MediaLoad {
    return { streams: this.open.length, rooms: 0, relayLines: 0, relayedPackets: 0, workers: [] };
  }

  onFault(): Disposable {
    return { dispose: () => {} };
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
