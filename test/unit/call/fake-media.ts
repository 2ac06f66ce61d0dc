import type {
  ItemId,
  MediaLoad,
  MediaPool,
  MediaStream,
  OpenStreamOptions,
  PlayRequest,
  Prompt,
  Recording,
  RemoteStream,
  StreamEvent,
  StreamSnapshot,
  StreamStats,
} from '../../../core/media/index.ts';
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
  sendErrors: 0,
  concealedMs: 20,
  jitterMs: 1.5,
  roundTripMs: null,
  codec: 'PCMU/8000',
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

  configure(parameters: AudioParameters): void {
    this.configured.push(parameters);
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

  setReceiving(): void {}

  sendKeys(keys: string): void {
    this.sentKeys += keys;
  }

  record(path: string): Promise<Recording> {
    return Promise.resolve({ path, stop: () => Promise.resolve({ lengthMs: 0 }) });
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

export class FakeMedia implements MediaPool {
  readonly packetIo = 'sim';
  readonly capabilities: MediaCapabilities = {
    codecs: [
      { name: 'PCMU', clockRateHz: 8000, channels: 1, staticPayloadType: 0, fmtp: null },
      { name: 'PCMA', clockRateHz: 8000, channels: 1, staticPayloadType: 8, fmtp: null },
    ],
    ptimeMs: 20,
  };
  readonly streams: FakeStream[] = [];
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

  restoreStream(snapshot: StreamSnapshot): Promise<MediaStream> {
    const stream = new FakeStream(this.streams.length, { localAddress: snapshot.address });
    this.streams.push(stream);
    return Promise.resolve(stream);
  }

  prompt(path: string): Promise<Prompt> {
    return Promise.resolve({ id: 7, path, lengthMs: 1000, sampleRateHz: 8000 });
  }

  remoteStream(): RemoteStream {
    throw new CodedError('media.failed', 'the fake has no remote streams');
  }

  load(): MediaLoad {
    return { streams: this.open.length, rooms: 0, workers: [] };
  }

  onFault(): Disposable {
    return { dispose: () => {} };
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
