/** Makes the media pool: engines in threads (or one in this thread), and what they share. */
import { asCodedError, CodedError, type Disposable, processFace, type Seams, secureToken } from '../runtime/index.ts';
import type { MediaCapabilities } from '../sdp/types.ts';
import { capabilitiesOf } from './capabilities.ts';
import type { MediaConfig } from './config.ts';
import { type EngineLink, type LinkEvents, startThreadLink } from './engine-link.ts';
import { PoolRelay, type PoolRelayLine, type RelayPool } from './pool-relay.ts';
import { PoolStream, type StreamPool } from './pool-stream.ts';
import { dividePorts } from './port-ranges.ts';
import { Prompts } from './prompts.ts';
import { QualityMetrics } from './quality-metrics.ts';
import { createRemoteStream } from './remote-stream.ts';
import { RoomHomes } from './room-homes.ts';
import type {
  MediaLoad,
  MediaPool,
  MediaRelay,
  MediaStream,
  OpenStreamOptions,
  Prompt,
  RelayLineRequest,
  RemoteStream,
} from './types.ts';
import { importCodecs, importFormats } from './worker/plugins.ts';
import type {
  ItemId,
  MediaEvent,
  OpenedSockets,
  PlayItem,
  QualityReport,
  RelayLineId,
  RelayLineOptions,
  SharedAudio,
  StreamId,
  StreamSnapshot,
  WorkerStart,
} from './worker/protocol.ts';
import type { UnavailableCodec } from './worker/records.ts';

/** Our own codecs and file formats: the same door as a plug-in's. */
export const ourCodecs: URL = sibling('./worker/codecs/index');
export const ourFormats: URL = sibling('./worker/formats/index');
const workerEntry = sibling('./worker/boot');

/** A file beside this one, as source or compiled. */
function sibling(path: string): URL {
  return new URL(`${path}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
}

/** Larger files are decoded in a thread of their own: an engine's tick must not wait. */
const largeFileBytes = 500_000;
/** A thread that dies this soon after its start, so often, is not replaced any more. */
const quickDeathMs = 2000;
const maxQuickDeaths = 3;

export interface MediaPoolOptions {
  /** URLs of modules that export `codecs`, ours first. */
  readonly codecs: readonly URL[];
  /** URLs of modules that export `formats`, ours first. */
  readonly formats: readonly URL[];
}

/**
 * Starts the media engines.
 * @throws CodedError `config.invalid` (unknown codec, too few ports), `module.failed` (a codec or
 * format module), `network.failed` (libc wanted, but not to be had), `media.failed`.
 */
export async function createMediaPool(
  seams: Seams,
  config: MediaConfig,
  options: MediaPoolOptions,
): Promise<MediaPool> {
  const codecUrls = options.codecs.map(String);
  const formatUrls = options.formats.map(String);
  const codecSettings = { opus: config.opus };
  const [{ codecs, unavailable }, formats] = await Promise.all([
    importCodecs(codecUrls, codecSettings),
    importFormats(formatUrls),
  ]);
  const capabilities = capabilitiesOf(codecs, config.codecs, (missing) =>
    seams.log.info(`codecs not offered, as this machine lacks them: ${missing.join(', ')}`),
  );
  for (const { name, reason } of unavailable) seams.log.warn(`codec ${name} is not available: ${reason}`);
  const packetIo = seams.packetIo();
  const workers = config.workers === 'auto' ? Math.max(1, processFace().parallelism - 1) : config.workers;
  if (workers === 0) {
    const ports = dividePorts(config.ports, 1)[0] ?? config.ports;
    const { startLocalLink } = await import('./local-link.ts');
    const pool = new Pool(seams, config, { capabilities, unavailable }, packetIo.kind, (events) =>
      startLocalLink({ ...seams, packetIo, openRelayIo: seams.packetIo, ports, codecs, formats }, events),
    );
    await pool.start(1);
    return pool;
  }
  const kind = config.packetIo === 'dgram' ? 'dgram' : packetIo.kind;
  packetIo.dispose();
  // Sockets of node:dgram belong to their thread: streams could not move.
  const threads = kind === 'libc' ? workers : 1;
  const ranges = dividePorts(config.ports, threads);
  const start = (index: number): WorkerStart => ({
    index,
    ports: ranges[index] ?? config.ports,
    codecs: codecUrls,
    codecSettings,
    formats: formatUrls,
    packetIo: config.packetIo,
  });
  const pool = new Pool(seams, config, { capabilities, unavailable }, kind, (events, index) =>
    startThreadLink(seams.threads, seams.clock, workerEntry, start(index), events),
  );
  await pool.start(threads);
  return pool;
}

type StartLink = (events: LinkEvents, index: number) => EngineLink;

class Pool implements MediaPool, StreamPool, RelayPool, LinkEvents {
  readonly capabilities: MediaCapabilities;
  readonly unavailable: readonly UnavailableCodec[];
  readonly packetIo: string;
  readonly rooms = new RoomHomes();
  readonly log;
  readonly #seams: Seams;
  readonly #config: MediaConfig;
  readonly #startLink: StartLink;
  readonly #prompts: Prompts;
  readonly #links: EngineLink[] = [];
  readonly #startedMs: number[] = [];
  readonly #streams = new Map<StreamId, PoolStream>();
  readonly #quality: QualityMetrics;
  readonly #relayLines = new Map<RelayLineId, PoolRelayLine>();
  /** What dead engines had relayed: the total never goes down. */
  #relayedBefore = 0;
  #droppedBefore = 0;
  #lastRelayLine = 0;
  readonly #faultListeners = new Set<(worker: number, fault: Error) => void>();
  /** Streams that are being opened, by link: they count as load already. */
  readonly #opening = new Map<EngineLink, number>();
  #lastStream = 0;
  #lastItem = 0;
  #lastRecording = 0;
  #quickDeaths = 0;
  #stopping: Promise<void> | null = null;

  constructor(
    seams: Seams,
    config: MediaConfig,
    offer: Pick<MediaPool, 'capabilities' | 'unavailable'>,
    packetIo: string,
    startLink: StartLink,
  ) {
    this.#seams = seams;
    this.#config = config;
    this.capabilities = offer.capabilities;
    this.unavailable = offer.unavailable;
    this.packetIo = packetIo;
    this.log = seams.log;
    this.#startLink = startLink;
    this.#prompts = new Prompts({
      read: (path) => seams.files.read(path, { limitBytes: config.maxPromptBytes }),
      decode: (name, bytes) => this.#decode(name, bytes),
      publish: (prompt, audio) => {
        for (const link of this.#links) link.send({ kind: 'definePrompt', prompt, audio });
      },
    });
    const { counters } = seams;
    this.#quality = new QualityMetrics(counters);
    counters.gauge('callbus_media_streams', 'Audio streams.', () => this.#streams.size);
    counters.gauge('callbus_media_rooms', 'Conference rooms with somebody in them.', () => this.rooms.size);
    counters.gauge('callbus_media_relay_lines', 'Relayed media lines.', () => this.#relayLines.size);
    counters.gauge(
      'callbus_media_relayed_packets',
      'Packets relayed since the start.',
      () => this.load().relayedPackets,
    );
    counters.gauge('callbus_media_relay_dropped_packets', 'Packets dropped by relays since the start.', () =>
      this.#links.reduce((sum, { load }) => sum + (load?.droppedPackets ?? 0), this.#droppedBefore),
    );
    counters.gauge('callbus_media_lateness_ms', 'Latest tick of the last second, milliseconds after its time.', () =>
      Math.max(0, ...this.load().workers.map(({ maxLatenessMs }) => maxLatenessMs)),
    );
  }

  /** Starts the engines and waits until all are up. @throws CodedError `media.failed`. */
  async start(count: number): Promise<void> {
    for (let index = 0; index < count; index++) this.#link(index);
    try {
      await Promise.all(this.#links.map((link) => link.request({ kind: 'ping' })));
    } catch (fault) {
      await this.stop();
      throw fault;
    }
  }

  #link(index: number): void {
    this.#links[index] = this.#startLink(this, index);
    this.#startedMs[index] = this.#seams.clock.nowMs();
    for (const [prompt, audio] of this.#prompts.all()) {
      this.#links[index].send({ kind: 'definePrompt', prompt, audio });
    }
  }

  // --- prompts ---

  prompt(path: string): Promise<Prompt> {
    return this.#prompts.load(path);
  }

  async #decode(name: string, bytes: Uint8Array): Promise<SharedAudio> {
    const request = { kind: 'decodeFile', name, bytes } as const;
    if (bytes.length < largeFileBytes || this.packetIo !== 'libc' || this.#config.workers === 0) {
      return (await this.#leastLoaded().request(request)) as SharedAudio;
    }
    const link = this.#startLink({ onEvent: () => {}, onDeath: () => {} }, 0);
    try {
      return (await link.request(request)) as SharedAudio;
    } finally {
      await link.stop();
    }
  }

  promptPaths(items: readonly PlayItem[]): { readonly [prompt: string]: string } {
    const paths: { [prompt: string]: string } = {};
    for (const item of items) {
      if (item.kind === 'prompt' && this.#prompts.has(item.prompt)) {
        paths[item.prompt] = this.#prompts.pathOf(item.prompt);
      }
    }
    return paths;
  }

  // --- streams ---

  async openStream(options: OpenStreamOptions): Promise<MediaStream> {
    const stream = ++this.#lastStream;
    const command = {
      kind: 'open',
      stream,
      address: options.localAddress,
      options: {
        symmetric: options.symmetric ?? this.#config.symmetricRtp,
        rtpTimeoutMs: options.rtpTimeoutMs ?? this.#config.rtpTimeoutMs,
        playout: {
          type: this.#config.playout,
          minMs: this.#config.playoutMinMs,
          maxMs: this.#config.playoutMaxMs,
          fixedMs: this.#config.playoutFixedMs,
          ...options.playout,
        },
        qualityIntervalMs: this.#config.qualityIntervalMs,
        silenceSuppression: this.#config.silenceSuppression,
        // RFC 3550, section 8.1: the SSRC "is chosen randomly" so that two hardly ever meet.
        ssrc: this.#randomUint32(),
        cname: secureToken(this.#seams.random, 8),
      },
    } as const;
    let noPort: CodedError | null = null;
    // Each engine has its own ports: the next one may have some left.
    for (const link of this.#byLoad()) {
      try {
        const sockets = (await this.#whileOpening(link, link.request(command))) as OpenedSockets;
        return this.#add(stream, options.localAddress, sockets, link);
      } catch (fault) {
        const error = asCodedError(fault, 'media.failed');
        if (error.code !== 'media.noPort') throw error;
        noPort = error;
      }
    }
    throw noPort ?? new CodedError('media.failed', 'no media worker is running');
  }

  async restoreStream(snapshot: StreamSnapshot): Promise<MediaStream> {
    const stream = ++this.#lastStream;
    const items = await this.#restoreItems(snapshot);
    const room = items.find((item) => item.kind === 'room');
    const link = (room === undefined ? null : this.rooms.find(room.room)) ?? this.#leastLoaded();
    await link.request({ kind: 'attach', snapshot: { ...snapshot, stream, items }, reopen: true });
    const { address, rtpPort } = snapshot;
    const handle = this.#add(stream, address, { address, rtpPort, rtp: -1, rtcp: -1 }, link);
    for (const item of items) handle.adopt(item);
    return handle;
  }

  /** Prompts have other numbers in another process: they are found again by their paths. */
  async #restoreItems(snapshot: StreamSnapshot): Promise<PlayItem[]> {
    const paths: { readonly [id: string]: unknown } = Object.fromEntries(
      Object.entries(snapshot.state['prompts'] ?? {}),
    );
    const items: PlayItem[] = [];
    for (const item of snapshot.items) {
      this.#lastItem = Math.max(this.#lastItem, item.item);
      if (item.kind !== 'prompt') {
        items.push(item);
        continue;
      }
      const path = paths[item.prompt];
      const prompt = typeof path === 'string' ? await this.prompt(path).catch(() => null) : null;
      items.push({ ...item, prompt: prompt?.id ?? 0 });
    }
    return items;
  }

  // --- relays ---

  async openRelay(options: { readonly localAddressA: string; readonly localAddressB: string }): Promise<MediaRelay> {
    return new PoolRelay(options.localAddressA, options.localAddressB, this);
  }

  nextRelayLine(): RelayLineId {
    return ++this.#lastRelayLine;
  }

  lineOptions(request: RelayLineRequest): RelayLineOptions {
    return {
      transport: request.transport ?? 'rtp',
      transparent: request.transparent ?? true,
      rtpTimeoutMs: request.rtpTimeoutMs ?? this.#config.rtpTimeoutMs,
      ssrcs: [this.#randomUint32(), this.#randomUint32()],
    };
  }

  enginesFor(near: EngineLink | null): readonly EngineLink[] {
    const links = this.#byLoad();
    return near === null || near.dead ? links : [near, ...links.filter((link) => link !== near)];
  }

  addLine(line: PoolRelayLine): void {
    this.#relayLines.set(line.id, line);
    // Its engine may have died while the reply was on its way.
    if (line.link.dead) line.fail(`media worker ${line.link.index} died`);
  }

  forgetLine(line: PoolRelayLine): void {
    this.#relayLines.delete(line.id);
  }

  #add(id: StreamId, address: string, sockets: OpenedSockets, link: EngineLink): PoolStream {
    const stream = new PoolStream(id, address, sockets, link, this);
    this.#streams.set(id, stream);
    return stream;
  }

  async #whileOpening<T>(link: EngineLink, work: Promise<T>): Promise<T> {
    this.#opening.set(link, (this.#opening.get(link) ?? 0) + 1);
    try {
      return await work;
    } finally {
      this.#opening.set(link, (this.#opening.get(link) ?? 1) - 1);
    }
  }

  /** Living engines, the one with the fewest streams and relay lines first. */
  #byLoad(): EngineLink[] {
    const streams = new Map<EngineLink, number>(this.#opening);
    for (const { link } of [...this.#streams.values(), ...this.#relayLines.values()]) {
      streams.set(link, (streams.get(link) ?? 0) + 1);
    }
    return this.#links
      .filter(({ dead }) => !dead)
      .sort((a, b) => (streams.get(a) ?? 0) - (streams.get(b) ?? 0) || a.index - b.index);
  }

  /** @throws CodedError `media.failed` when none is left. */
  #leastLoaded(): EngineLink {
    const link = this.#byLoad()[0];
    if (link === undefined) throw new CodedError('media.failed', 'no media worker is running');
    return link;
  }

  #randomUint32(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#seams.random.secure(4);
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }

  qualityOf(report: QualityReport): void {
    this.#quality.add(report);
  }

  nextItem(): ItemId {
    return ++this.#lastItem;
  }

  nextRecording(): number {
    return ++this.#lastRecording;
  }

  forget(stream: PoolStream): void {
    this.#streams.delete(stream.id);
  }

  remoteStream(options?: { readonly sampleRateHz?: number; readonly bufferMs?: number }): RemoteStream {
    return createRemoteStream(options);
  }

  // --- what the engines say ---

  onEvent(event: MediaEvent): void {
    if (event.kind === 'log') {
      const { level, message, stream } = event;
      this.log[level](message, stream === null ? {} : { stream });
      return;
    }
    if ('line' in event) this.#relayLines.get(event.line)?.receive(event);
    else if ('stream' in event) this.#streams.get(event.stream)?.receive(event);
  }

  onDeath(link: EngineLink, fault: Error): void {
    const { clock, log, counters } = this.#seams;
    counters.counter('callbus_media_worker_deaths_total', 'Media threads that died.').add();
    log.error('a media worker died; its calls end', { worker: link.index, fault: fault.message });
    const lost = [...this.#streams.values()].filter((stream) => stream.link === link);
    const lostLines = [...this.#relayLines.values()].filter((line) => line.link === link);
    this.#closeSockets([
      ...lost.map(({ sockets }) => sockets),
      ...lostLines.flatMap(({ sockets }) => [sockets.a, sockets.b]),
    ]);
    this.#relayedBefore += link.load?.relayedPackets ?? 0;
    this.#droppedBefore += link.load?.droppedPackets ?? 0;
    link.load = null;
    this.rooms.forget(link);
    if (this.#stopping === null) this.#replace(link, clock.nowMs());
    for (const stream of lost) stream.fail(`media worker ${link.index} died: ${fault.message}`);
    for (const line of lostLines) line.fail(`media worker ${link.index} died: ${fault.message}`);
    for (const listener of this.#faultListeners) listener(link.index, fault);
  }

  #replace(link: EngineLink, nowMs: number): void {
    const livedMs = nowMs - (this.#startedMs[link.index] ?? 0);
    this.#quickDeaths = livedMs < quickDeathMs ? this.#quickDeaths + 1 : 0;
    if (this.#quickDeaths < maxQuickDeaths) this.#link(link.index);
    else this.log.error('the media worker keeps dying and is not started again', { worker: link.index });
  }

  /** Descriptors outlive the thread that opened them: what it left open is closed here. */
  #closeSockets(pairs: readonly OpenedSockets[]): void {
    if (this.packetIo !== 'libc') return;
    const io = this.#seams.packetIo();
    for (const { rtp, rtcp } of pairs) {
      for (const socket of [rtp, rtcp]) {
        try {
          if (socket >= 0) io.adopt(socket);
        } catch {
          // It was closed already.
        }
      }
    }
    io.dispose();
  }

  load(): MediaLoad {
    const workers = this.#links.map((link) => ({
      streams: [...this.#streams.values()].filter((stream) => stream.link === link).length,
      rooms: link.load?.rooms ?? 0,
      relayLines: [...this.#relayLines.values()].filter((line) => line.link === link).length,
      maxLatenessMs: link.load?.maxLatenessMs ?? 0,
      busyFraction: link.load?.busyFraction ?? 0,
    }));
    return {
      streams: this.#streams.size,
      rooms: this.rooms.size,
      relayLines: this.#relayLines.size,
      relayedPackets: this.#links.reduce((sum, { load }) => sum + (load?.relayedPackets ?? 0), this.#relayedBefore),
      workers,
    };
  }

  onFault(listener: (worker: number, fault: Error) => void): Disposable {
    this.#faultListeners.add(listener);
    return { dispose: () => void this.#faultListeners.delete(listener) };
  }

  stop(): Promise<void> {
    this.#stopping ??= Promise.all(this.#links.map((link) => link.stop())).then(() => {});
    return this.#stopping;
  }
}
