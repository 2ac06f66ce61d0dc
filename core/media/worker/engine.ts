/**
 * The media engine: streams, rooms, prompts and recorders of one thread. It takes `Command`s, posts
 * `MediaEvent`s, and does everything else in `tick`, every 20 ms. It has no thread, timer or socket
 * of its own: a worker thread (`boot.ts`), the main thread or a test drives it.
 */
import {
  asCodedError,
  type Clock,
  CodedError,
  type Files,
  type PacketIo,
  type Random,
  type SockAddr,
  type SocketHandle,
} from '../../runtime/index.ts';
import { newIceCounts } from '../ice/index.ts';
import { CodecStore } from './codec-store.ts';
import { decodeFile } from './decode-file.ts';
import { FrameScratch } from './frame-scratch.ts';
import { LoadMeter } from './load-meter.ts';
import { OnePort } from './one-port.ts';
import { OnePortPaths, sharedPort } from './one-port-paths.ts';
import { searches } from './playout-pitch.ts';
import { PortRange } from './port-range.ts';
import { PromptStore, type StoredPrompt } from './prompt-store.ts';
import type {
  Command,
  IceTransport,
  MediaEvent,
  PromptId,
  RecordItem,
  RequestId,
  StreamId,
  StreamSnapshot,
  StreamStats,
} from './protocol.ts';
import type { RecordingTap } from './recorder.ts';
import { Recordings } from './recordings.ts';
import type { CodecOptions, CodecRecord, FormatRecord } from './records.ts';
import { RelayBoard } from './relay-board.ts';
import { Rooms, type StreamCodec } from './room.ts';
import { RoomVoice } from './room-voice.ts';
import { applySnapshot, takeSnapshot } from './snapshot.ts';
import { Stream, type StreamSockets } from './stream.ts';
import type { StreamHost } from './stream-host.ts';
import { tickMs } from './ticker.ts';
import { Turns } from './turns.ts';

/** Packets read in one tick for each stream, and some more: a flood does not hold up the others. */
const packetsPerStream = 8;
const packetsExtra = 256;
/** Searches for the pitch of a voice in one tick, about half a millisecond: when all streams stall together they take turns. */
const searchesPerTick = 24;

export interface EngineOptions {
  readonly clock: Clock;
  readonly packetIo: PacketIo;
  /** Opens the sockets of relays: they are read more often than the others. */
  readonly openRelayIo: () => PacketIo;
  readonly files: Files;
  readonly random: Random;
  /** First and last port: RTP on even ones. */
  readonly ports: readonly [first: number, last: number];
  readonly codecs: readonly CodecRecord[];
  readonly formats: readonly FormatRecord[];
  /** Format of recordings whose name has no extension; default `wav`. */
  readonly recordingFormat?: string;
  /** Takes the events of a tick, or of a command, in order. */
  readonly post: (events: readonly MediaEvent[]) => void;
}

export class MediaEngine implements StreamHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly io: PacketIo;
  readonly scratch = new FrameScratch();
  readonly rooms = new Rooms((room, speakers) => this.post({ kind: 'speaking', room, speakers }));
  readonly #options: EngineOptions;
  readonly #ports: PortRange;
  readonly #prompts = new PromptStore();
  readonly #byId = new Map<StreamId, Stream>();
  readonly #streams: Stream[] = [];
  /** Stream by descriptor, for the RTP and for the RTCP ports. */
  readonly #byRtp: (Stream | undefined)[] = [];
  readonly #byRtcp: (Stream | undefined)[] = [];
  readonly #recordings: Recordings;
  readonly #codecs: CodecStore;
  readonly #turns: Turns;
  readonly #load: LoadMeter;
  readonly #relays: RelayBoard;
  readonly #onePort: OnePort;
  readonly #paths: OnePortPaths<Stream>;
  readonly iceCounts = newIceCounts();
  #events: MediaEvent[] = [];
  #nowMs = 0;
  #stopped = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.random = options.random;
    this.io = options.packetIo;
    this.#ports = new PortRange(options.packetIo, options.clock, options.random, options.ports);
    this.#codecs = new CodecStore(options.codecs);
    this.#turns = new Turns(options.packetIo, this.scratch, this.rooms);
    this.#recordings = new Recordings({
      files: options.files,
      formats: options.formats,
      defaultFormat: options.recordingFormat ?? 'wav',
      post: (event) => this.post(event),
      flush: () => this.#flushEvents(),
    });
    this.#load = new LoadMeter(options.clock.nowMs());
    const post = (event: MediaEvent): void => this.post(event);
    const ticked = (startMs: number, endMs: number): void => {
      this.#load.busy(startMs, endMs);
      this.#flushEvents();
    };
    this.#relays = new RelayBoard({ ...options, openIo: options.openRelayIo, post, ticked });
    this.#onePort = new OnePort({ ...options, openIo: options.openRelayIo, post, ticked });
    this.#paths = new OnePortPaths({
      io: this.io,
      listen: (socket, reader) => {
        this.#byRtp[socket] = reader;
      },
      post,
    });
  }

  get streams(): number {
    return this.#streams.length;
  }

  /** One frame of everything. False: nothing is open that could need one. */
  tick(latenessMs = 0): boolean {
    if (this.#stopped) return false;
    const startMs = this.clock.nowMs();
    this.#nowMs = Math.round(startMs); // whole: a small integer is stored in place
    this.io.gather?.(this.#refused);
    searches.limit(searchesPerTick);
    this.io.poll(this.#visit, this.#streams.length * packetsPerStream + packetsExtra);
    this.#turns.step(this.#streams, this.#nowMs, this.#visit);
    searches.free();
    this.io.flush?.();
    this.#relays.keepHouse(tickMs, this.#nowMs);
    this.#recordings.drain();
    const endMs = this.clock.nowMs();
    this.#load.tick(startMs, endMs, latenessMs);
    if (this.#load.isDue(endMs)) {
      this.#paths.keepHouse(endMs);
      const held = { streams: this.#streams.length, rooms: this.rooms.list.length, ...this.#relays.totals() };
      const recordings = this.#recordings.totals();
      const browsers = { ice: { ...this.iceCounts }, onePort: this.#onePort.totals() };
      this.#events.push(this.#load.take(endMs, { ...held, recordings, ...browsers }));
    }
    this.#flushEvents();
    return this.#streams.length > 0 || !this.#recordings.isEmpty || this.#relays.lines + this.#onePort.legs > 0;
  }

  readonly #visit = (socket: SocketHandle, packet: Uint8Array, length: number, from: SockAddr): void => {
    const stream = this.#byRtp[socket];
    if (stream !== undefined) stream.receiveRtp(packet, length, from, this.#nowMs, socket);
    else this.#byRtcp[socket]?.receiveRtcp(packet, length, from, this.#nowMs);
  };

  readonly #refused = (socket: SocketHandle): void => this.#byRtp[socket]?.sender.packetRefused();

  /** Applies a command; its reply, if it has one, is posted when it is done. */
  handle(command: Command): void {
    try {
      this.#apply(command);
    } catch (fault) {
      if ('request' in command) this.#refuse(command.request, fault);
      else this.post({ kind: 'log', level: 'error', message: `${command.kind}: ${String(fault)}`, stream: null });
    }
    this.#flushEvents();
  }

  #apply(command: Command): void {
    switch (command.kind) {
      case 'definePrompt':
        this.#prompts.define(command.prompt, command.audio);
        break;
      case 'dropPrompt':
        this.#prompts.drop(command.prompt);
        break;
      case 'decodeFile':
        this.#later(
          command.request,
          decodeFile(this.#options.formats, command.name, command.bytes, command.maxMs ?? 0),
        );
        break;
      case 'open':
        this.#later(command.request, this.#open(command));
        break;
      case 'attach':
        this.#later(command.request, this.#attach(command.snapshot, command.reopen));
        break;
      case 'configure':
        this.#byId.get(command.stream)?.configure(command.parameters);
        break;
      case 'play':
        this.#byId.get(command.stream)?.play(command.items, command.where);
        break;
      case 'flush':
        this.#byId.get(command.stream)?.playlist.flush();
        break;
      case 'removeItem':
        this.#byId.get(command.stream)?.playlist.remove(command.item);
        break;
      case 'setMuted': {
        const stream = this.#byId.get(command.stream);
        if (stream !== undefined) stream.muted = command.muted;
        break;
      }
      case 'setSending': {
        const stream = this.#byId.get(command.stream);
        if (stream !== undefined) stream.maySend = command.sending;
        break;
      }
      case 'configureMember': {
        const stream = this.#byId.get(command.stream);
        if (stream !== undefined) stream.seat = command.settings;
        break;
      }
      case 'configureRoom':
        this.rooms.configure(command.room, command.settings);
        break;
      case 'openVoice':
        this.#add(new RoomVoice(command.stream, command.room, this));
        this.#reply(command.request, null);
        break;
      case 'setReceiving':
        this.#byId.get(command.stream)?.setReceiving(command.receiving);
        break;
      case 'setPlayout':
        this.#byId.get(command.stream)?.setPlayout(command.playout);
        break;
      case 'sendKeys':
        this.#byId.get(command.stream)?.sendKeys(command.keys, command.durationMs, command.gapMs, command.method);
        break;
      case 'startRecording':
        this.#later(command.request, this.#recordings.start(this.#need(command.stream), command));
        break;
      case 'stopRecording':
        this.#recordings.stop(command.request, command.recording);
        break;
      case 'ping':
        this.#reply(command.request, null);
        break;
      case 'stats':
        this.#reply(command.request, this.#need(command.stream).stats());
        break;
      case 'snapshot':
        this.#reply(command.request, takeSnapshot(this.#need(command.stream), this.clock.nowMs()));
        break;
      case 'detach':
        this.#reply(command.request, this.#detach(this.#need(command.stream)));
        break;
      case 'close':
        this.#later(command.request, this.#closeWhole(this.#need(command.stream)));
        break;
      case 'iceRestart':
      case 'dtlsSend':
      case 'secure':
        this.#byId.get(command.stream)?.ice(command);
        break;
      case 'servePort':
      case 'portLeg':
        this.#onePort.handle(command);
        break;
      case 'addPath':
        this.#paths.add(command.stream, command.path, this.#byId.get(command.stream), this.#nowMs);
        break;
      case 'openRelayLine':
        this.#later(command.request, this.#relays.open(command));
        break;
      case 'configureRelaySide':
        this.#relays.configure(command);
        break;
      case 'relayStats':
        this.#reply(command.request, this.#relays.stats(command.line));
        break;
      case 'closeRelayLine':
        this.#reply(command.request, this.#relays.close(command.line));
        break;
      case 'stop':
        this.#later(command.request, this.#stop());
        break;
      default: {
        const unknown: never = command;
        throw new CodedError('media.failed', `unknown command ${JSON.stringify(unknown)}`);
      }
    }
  }

  #need(stream: StreamId): Stream {
    const found = this.#byId.get(stream);
    if (found === undefined) throw new CodedError('media.failed', `stream ${stream} is not here`);
    return found;
  }

  // --- streams ---

  async #open(command: Extract<Command, { readonly kind: 'open' }>): Promise<StreamSockets> {
    const { address, options } = command;
    const sockets =
      options.webRtc?.port === undefined
        ? await this.#ports.open(address, options.webRtc !== undefined)
        : sharedPort(address, options.webRtc.port);
    this.#add(new Stream(command.stream, sockets, options, this));
    return sockets;
  }

  async #attach(snapshot: StreamSnapshot, reopen: boolean): Promise<null> {
    const { address, rtpPort, rtpSocket: rtp, rtcpSocket: rtcp, options } = snapshot;
    const sockets = !reopen
      ? { address, rtpPort, rtp, rtcp }
      : options.webRtc?.port === undefined
        ? await this.#ports.bind(address, rtpPort, options.webRtc !== undefined)
        : sharedPort(address, options.webRtc.port);
    if (!reopen) {
      if (sockets.rtp >= 0) this.io.adopt(sockets.rtp);
      if (sockets.rtcp >= 0) this.io.adopt(sockets.rtcp);
    }
    const stream = new Stream(snapshot.stream, sockets, options, this);
    this.#add(stream);
    if (!reopen) this.#paths.attach(stream, snapshot.paths ?? [], this.clock.nowMs());
    try {
      applySnapshot(stream, snapshot, this.clock.nowMs(), reopen);
    } catch (fault) {
      this.#close(stream);
      throw fault;
    }
    return null;
  }

  #detach(stream: Stream): StreamSnapshot {
    const snapshot = takeSnapshot(stream, this.clock.nowMs());
    stream.settle();
    stream.playlist.abandon();
    this.#remove(stream);
    for (const socket of [stream.sockets.rtp, stream.sockets.rtcp]) if (socket >= 0) this.io.release(socket);
    const paths = this.#paths.detach(stream);
    return paths.length === 0 ? snapshot : { ...snapshot, paths };
  }

  #close(stream: Stream): StreamStats {
    stream.end('closed');
    const stats = stream.stats();
    this.#remove(stream);
    this.#paths.closeAll(stream);
    if (stream.sockets.rtp >= 0) this.#ports.close(stream.sockets);
    return stats;
  }

  /** Closes, and waits until the files of its recordings are closed too. */
  async #closeWhole(stream: Stream): Promise<StreamStats> {
    const stats = this.#close(stream);
    this.#recordings.drain();
    await Promise.all(stream.openFiles);
    return stats;
  }

  #add(stream: Stream): void {
    this.#byId.set(stream.id, stream);
    this.#streams.push(stream);
    this.#listen(stream, stream);
  }

  #remove(stream: Stream): void {
    stream.disposeCodecs();
    this.#byId.delete(stream.id);
    const at = this.#streams.indexOf(stream);
    if (at >= 0) this.#streams.splice(at, 1);
    this.#listen(stream, undefined);
  }

  /** What comes to the sockets of `stream` goes to `reader`; a room's voice has none. */
  #listen({ sockets: { rtp, rtcp } }: Stream, reader: Stream | undefined): void {
    if (rtp < 0) return;
    if (reader !== undefined) this.io.own?.(rtp);
    this.#byRtp[rtp] = reader;
    if (rtcp >= 0) this.#byRtcp[rtcp] = reader;
  }

  // --- what streams ask for ---

  transportOf(socket: SocketHandle): IceTransport {
    return this.#paths.transportOf(socket);
  }

  prompt(id: PromptId): StoredPrompt | null {
    return this.#prompts.get(id);
  }

  codec(name: string, clockRateHz: number, channels: number, options: CodecOptions): StreamCodec | null {
    return this.#codecs.find(name, clockRateHz, channels, options);
  }

  recordItem(stream: Stream, item: RecordItem): RecordingTap | null {
    return this.#recordings.item(stream, item);
  }

  post(event: MediaEvent): void {
    this.#events.push(event);
  }

  // --- replies ---

  #later(request: RequestId, work: Promise<unknown>): void {
    work.then(
      (value) => {
        this.#reply(request, value);
        this.#flushEvents();
      },
      (fault: unknown) => {
        this.#refuse(request, fault);
        this.#flushEvents();
      },
    );
  }

  #reply(request: RequestId, value: unknown): void {
    this.post({ kind: 'reply', request, ok: true, value });
  }

  #refuse(request: RequestId, fault: unknown): void {
    const { code, detail } = asCodedError(fault, 'media.failed');
    this.post({ kind: 'reply', request, ok: false, code, detail });
  }

  #flushEvents(): void {
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    this.#options.post(events);
  }

  async #stop(): Promise<null> {
    for (const stream of [...this.#streams]) this.#close(stream);
    this.#relays.stop();
    this.#onePort.stop();
    const closed = this.#recordings.stopAll();
    this.#stopped = true;
    await closed;
    this.io.dispose();
    return null;
  }
}
