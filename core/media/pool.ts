/** Makes the media pool: engines in threads (or one in this thread), and what they share. */
import {
  asCodedError,
  CodedError,
  type Disposable,
  dscpOf,
  type PacketIo,
  processFace,
  refuseMark,
  type Seams,
  secureToken,
} from '../runtime/index.ts';
import type { MediaCapabilities } from '../sdp/types.ts';
import { checkBrowserPort } from './browser-port.ts';
import { capabilitiesOf } from './capabilities.ts';
import type { MediaConfig } from './config.ts';
import { closeDescriptors } from './descriptors.ts';
import type { DtlsEngine } from './dtls/types.ts';
import { type EngineLink, type LinkEvents, startThreadLink } from './engine-link.ts';
import { browserPortFigures, type EngineFigures, iceFigures } from './ice-figures.ts';
import { decoderEntry, workerEntry } from './module-urls.ts';
import { Holdings, Placement } from './placement.ts';
import { BrowserLegs, type LegPlan } from './pool-dtls.ts';
import { poolMetrics } from './pool-metrics.ts';
import { PoolRelay, type PoolRelayLine, type RelayPool } from './pool-relay.ts';
import { PoolRooms } from './pool-room.ts';
import { PoolStream, type StreamPool } from './pool-stream.ts';
import { dividePorts } from './port-ranges.ts';
import { PromptDecoder } from './prompt-decoder.ts';
import { Prompts } from './prompts.ts';
import { QualityMetrics } from './quality-metrics.ts';
import { RecordingFigures } from './recording-figures.ts';
import { createRemoteStream } from './remote-stream.ts';
import { restoredItems } from './restored-items.ts';
import { RoomHomes } from './room-homes.ts';
import { randomSsrc } from './ssrc.ts';
import type {
  MediaLoad,
  MediaPool,
  MediaRelay,
  MediaRoom,
  MediaStream,
  OpenStreamOptions,
  PlayoutOptions,
  Prompt,
  RelayLineRequest,
  RemoteStream,
} from './types.ts';
import { promptOf } from './worker/beside.ts';
import { memberSettingsOf } from './worker/member-settings.ts';
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
import type { FormatRecord, UnavailableCodec } from './worker/records.ts';

/** A thread that dies this soon after its start, so often, is not replaced any more. */
const quickDeathMs = 2000;
const maxQuickDeaths = 3;

export interface MediaPoolOptions {
  /** URLs of modules that export `codecs`, ours first. */
  readonly codecs: readonly URL[];
  /** URLs of modules that export `formats`, ours first. */
  readonly formats: readonly URL[];
  /** Handshakes of browser legs; absent: `createDtlsEngine`, with the first of them. */
  readonly dtls?: DtlsEngine;
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
  const files: FormatModules = { urls: formatUrls, records: formats };
  const { recordingFormat } = config;
  const capabilities = capabilitiesOf(codecs, config.codecs, (missing) =>
    seams.log.info(`codecs not offered, as this machine lacks them: ${missing.join(', ')}`),
  );
  for (const { name, reason } of unavailable) seams.log.warn(`codec ${name} is not available: ${reason}`);
  const dscp = dscpOf(config.dscp, 'media.dscp', 'ef');
  const openIo = (): PacketIo => seams.packetIo({ dscp });
  const packetIo = openIo();
  if (config.packetIo === 'dgram' && dscp !== null) refuseMark(dscp, 'media.packetIo is dgram');
  checkBrowserPort(config.browserPort, config.packetIo === 'dgram' ? 'dgram' : packetIo.kind);
  const workers = config.workers === 'auto' ? Math.max(1, processFace().parallelism - 1) : config.workers;
  if (workers === 0) {
    const ports = dividePorts(config.ports, 1)[0] ?? config.ports;
    const { startLocalLink } = await import('./local-link.ts');
    const start: StartLink = (events) =>
      startLocalLink({ ...seams, packetIo, openRelayIo: openIo, ports, codecs, formats, recordingFormat }, events);
    const pool = new Pool(seams, config, { capabilities, unavailable }, files, packetIo.kind, start, options.dtls);
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
    recordingFormat,
    packetIo: config.packetIo,
    dscp,
  });
  const startLink: StartLink = (events, index) =>
    startThreadLink(seams.threads, seams.clock, workerEntry, start(index), events);
  const pool = new Pool(seams, config, { capabilities, unavailable }, files, kind, startLink, options.dtls);
  await pool.start(threads);
  return pool;
}

interface FormatModules {
  readonly urls: readonly string[];
  readonly records: readonly FormatRecord[];
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
  readonly #decoder: PromptDecoder;
  readonly #recordings: RecordingFigures;
  readonly #ice: EngineFigures;
  readonly #browserPort: EngineFigures;
  readonly #browserLegs: BrowserLegs;
  readonly #links: EngineLink[] = [];
  readonly #startedMs: number[] = [];
  readonly #streams = new Holdings<StreamId, PoolStream>();
  readonly #quality: QualityMetrics;
  readonly #relayLines = new Holdings<RelayLineId, PoolRelayLine>();
  /** What dead engines had relayed: the total never goes down. */
  #relayedBefore = 0;
  #droppedBefore = 0;
  #lastRelayLine = 0;
  readonly #faultListeners = new Set<(worker: number, fault: Error) => void>();
  readonly #placement: Placement;
  readonly #roomHandles: PoolRooms;
  #lastStream = 0;
  #lastItem = 0;
  #lastRecording = 0;
  #quickDeaths = 0;
  #stopping: Promise<void> | null = null;

  constructor(
    seams: Seams,
    config: MediaConfig,
    offer: Pick<MediaPool, 'capabilities' | 'unavailable'>,
    files: FormatModules,
    packetIo: string,
    startLink: StartLink,
    dtls?: DtlsEngine,
  ) {
    this.#seams = seams;
    this.#config = config;
    this.capabilities = offer.capabilities;
    this.unavailable = offer.unavailable;
    this.packetIo = packetIo;
    this.log = seams.log;
    this.#startLink = startLink;
    const held = (link: EngineLink): number => this.#streams.of(link) + this.#relayLines.of(link);
    this.#placement = new Placement(this.#links, held, config.maxBusy);
    this.#roomHandles = new PoolRooms({
      streams: this,
      links: this.#links,
      leastLoaded: () => this.#placement.leastLoaded(),
      find: (stream) => this.#streams.get(stream) ?? null,
      nextStream: () => ++this.#lastStream,
      add: (voice) => void this.#streams.set(voice.id, voice),
    });
    const { maxPromptMs: maxMs } = config;
    const { threads, clock } = seams;
    this.#decoder = new PromptDecoder(
      files.records,
      packetIo === 'sim' ? null : { threads, clock, entry: decoderEntry, formats: files.urls, maxMs },
      async (name, bytes) =>
        (await this.#placement.leastLoaded().request({ kind: 'decodeFile', name, bytes, maxMs })) as SharedAudio,
      () => this.#streams.size + this.#relayLines.size === 0,
    );
    this.#prompts = new Prompts({
      nowMs: () => seams.clock.nowMs(),
      stat: (path) => seams.files.stat(path),
      warn: (path, fault) => this.log.warn('a changed prompt cannot be used', { path, fault: String(fault) }),
      read: (path) => seams.files.read(path, { limitBytes: config.maxPromptBytes }),
      decode: (name, bytes) => this.#decoder.decode(name, bytes),
      publish: (prompt, audio) => {
        for (const link of this.#links) link.send({ kind: 'definePrompt', prompt, audio });
      },
    });
    const { counters } = seams;
    this.#recordings = new RecordingFigures(counters, () => this.#links.map(({ load }) => load?.recordings));
    this.#ice = iceFigures(counters, () => this.#links.map(({ load }) => load?.ice));
    this.#browserPort = browserPortFigures(counters, () => this.#links.map(({ load }) => load?.onePort));
    this.#browserLegs = new BrowserLegs(seams, config, this.#links, dtls);
    counters.gauge('callbus_media_prompt_bytes', 'Shared memory of prompts.', () => this.#prompts.bytes);
    this.#quality = new QualityMetrics(counters);
    poolMetrics(
      counters,
      () => this.load(),
      () => this.#links.reduce((sum, { load }) => sum + (load?.droppedPackets ?? 0), this.#droppedBefore),
    );
  }

  /** Starts the engines and waits until all are up. @throws CodedError `media.failed`. */
  async start(count: number): Promise<void> {
    for (let index = 0; index < count; index++) this.#link(index);
    try {
      await Promise.all(this.#links.map((link) => link.request({ kind: 'ping' })));
      await this.#browserLegs.start();
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
    this.#roomHandles.tell(this.#links[index]);
  }

  // --- prompts ---

  prompt(path: string): Promise<Prompt> {
    return this.#prompts.load(path);
  }

  touchPrompts(items: readonly PlayItem[]): void {
    for (const item of items) {
      const prompt = promptOf(item);
      if (prompt !== null) this.#prompts.touch(prompt);
    }
  }

  promptPaths(items: readonly PlayItem[]): { readonly [prompt: string]: string } {
    const paths: { [prompt: string]: string } = {};
    for (const item of items) {
      const prompt = promptOf(item);
      if (prompt !== null && this.#prompts.has(prompt)) paths[prompt] = this.#prompts.pathOf(prompt);
    }
    return paths;
  }

  // --- streams ---

  async openStream(options: OpenStreamOptions): Promise<MediaStream> {
    const stream = ++this.#lastStream;
    const leg = options.webRtc === true ? await this.#browserLegs.plan(options.localAddress) : null;
    const command = {
      kind: 'open',
      stream,
      address: options.localAddress,
      options: {
        symmetric: options.symmetric ?? this.#config.symmetricRtp,
        rtpTimeoutMs: options.rtpTimeoutMs ?? this.#config.rtpTimeoutMs,
        playout: this.playoutOf(options.playout),
        qualityIntervalMs: this.#config.qualityIntervalMs,
        silenceSuppression: this.#config.silenceSuppression,
        inbandDtmf: options.inbandDtmf ?? this.#config.inbandDtmf,
        ssrc: randomSsrc(this.#seams.random),
        cname: secureToken(this.#seams.random, 8),
        ...(leg === null ? {} : { webRtc: leg.options }),
      },
    } as const;
    let noPort: CodedError | null = null;
    // Each engine has its own ports: the next one may have some left.
    for (const link of this.#placement.forNewStream(options.urgent ?? false)) {
      try {
        const sockets = (await this.#placement.whileOpening(link, link.request(command))) as OpenedSockets;
        const opened = this.#add(stream, options.localAddress, sockets, link, leg);
        if (leg !== null) await this.#browserLegs.port?.told();
        return opened;
      } catch (fault) {
        const error = asCodedError(fault, 'media.failed');
        if (error.code !== 'media.noPort') throw error;
        noPort = error;
      }
    }
    throw noPort ?? new CodedError('media.failed', 'no media worker is running');
  }

  playoutOf(options: Partial<PlayoutOptions> = {}): PlayoutOptions {
    const { playout: type, playoutMinMs: minMs, playoutMaxMs: maxMs, playoutFixedMs: fixedMs } = this.#config;
    return { type, minMs, maxMs, fixedMs, ...options };
  }

  refusal(): CodedError | null {
    return this.#placement.refusal();
  }

  prepareWebRtc(): void {
    this.#browserLegs.prepare();
  }

  async restoreStream(snapshot: StreamSnapshot): Promise<MediaStream> {
    const stream = ++this.#lastStream;
    const items = await restoredItems(snapshot, (path) => this.prompt(path));
    for (const { item } of items) this.#lastItem = Math.max(this.#lastItem, item);
    const leg = await this.#browserLegs.planOf(snapshot);
    const room = items.find((item) => item.kind === 'room');
    const link = (room === undefined ? null : this.rooms.find(room.room)) ?? this.#placement.leastLoaded();
    await link.request({ kind: 'attach', snapshot: { ...snapshot, stream, items }, reopen: true });
    const { address, rtpPort } = snapshot;
    const handle = this.#add(stream, address, { address, rtpPort, rtp: -1, rtcp: -1 }, link, leg);
    handle.restoreSeat(memberSettingsOf(snapshot.state['seat']));
    for (const item of items) handle.adopt(item);
    return handle;
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
      ssrcs: [randomSsrc(this.#seams.random), randomSsrc(this.#seams.random)],
    };
  }

  enginesFor(near: EngineLink | null): readonly EngineLink[] {
    const links = this.#placement.byLoad();
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

  #add(id: StreamId, address: string, sockets: OpenedSockets, link: EngineLink, leg: LegPlan | null): PoolStream {
    const stream = new PoolStream(id, address, sockets, link, this);
    if (leg !== null) stream.beBrowserLeg(this.#browserLegs, leg);
    this.#streams.set(id, stream);
    return stream;
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

  closePath(stream: StreamId, socket: number): void {
    this.#browserLegs.port?.closePath(stream, socket);
  }

  moved(stream: PoolStream): void {
    this.#streams.moved(stream.id);
  }

  forget(stream: PoolStream): void {
    this.#streams.delete(stream.id);
  }

  room(name: string): MediaRoom {
    return this.#roomHandles.open(name);
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
    if (event.kind === 'speaking') this.#roomHandles.speaking(event.room, event.speakers);
    else if ('line' in event) this.#relayLines.get(event.line)?.receive(event);
    else if (event.kind === 'pathFound' || event.kind === 'pathClosed') {
      this.#browserLegs.port?.receive(event, this.#streams.get(event.stream));
    } else if ('stream' in event) this.#streams.get(event.stream)?.receive(event);
  }

  onDeath(link: EngineLink, fault: Error): void {
    const { clock, log, counters } = this.#seams;
    counters.counter('callbus_media_worker_deaths_total', 'Media threads that died.').add();
    log.error('a media worker died; its calls end', { worker: link.index, fault: fault.message });
    const lost = [...this.#streams.values()].filter((stream) => stream.link === link);
    const lostLines = [...this.#relayLines.values()].filter((line) => line.link === link);
    const pairs = [...lost.map(({ sockets }) => sockets), ...lostLines.flatMap(({ sockets: { a, b } }) => [a, b])];
    const paths = this.#browserLegs.port?.takePaths(lost) ?? [];
    const descriptors = [...pairs.flatMap(({ rtp, rtcp }) => [rtp, rtcp]), ...paths, ...link.descriptors];
    if (this.packetIo === 'libc') closeDescriptors(this.#seams.packetIo(), descriptors);
    this.#recordings.keep(link.load?.recordings);
    this.#ice.keep(link.load?.ice);
    this.#browserPort.keep(link.load?.onePort);
    this.#relayedBefore += link.load?.relayedPackets ?? 0;
    this.#droppedBefore += link.load?.droppedPackets ?? 0;
    link.load = null;
    this.rooms.forget(link);
    if (this.#stopping === null) this.#replace(link, clock.nowMs());
    this.#browserLegs.port?.serveAgain(link);
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

  load(): MediaLoad {
    const workers = this.#links.map((link) => ({
      streams: this.#streams.of(link),
      rooms: link.load?.rooms ?? 0,
      relayLines: this.#relayLines.of(link),
      maxLatenessMs: link.load?.maxLatenessMs ?? 0,
      busyFraction: link.load?.busyFraction ?? 0,
      busy: link.busy,
      alive: !link.dead,
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
    this.#stopping ??= Promise.all([
      this.#decoder.stop(),
      this.#browserLegs.stop(),
      ...this.#links.map((link) => link.stop()),
    ]).then(() => this.#browserLegs.port?.stop());
    return this.#stopping;
  }
}
