import { CodedError, type Log } from '../runtime/index.ts';
import type { AudioParameters } from '../sdp/types.ts';
import type { EngineLink, RequestCommand } from './engine-link.ts';
import { type BrowserLegs, type LegPlan, PoolBrowserLeg } from './pool-dtls.ts';
import { PoolRecording, recordingOptions } from './pool-recording.ts';
import { holdRemoteStream, releaseRemoteStream, wakeRemoteStream } from './remote-stream.ts';
import type { RoomHomes } from './room-homes.ts';
import type {
  MediaStream,
  PlayRequest,
  Recording,
  RecordingEnd,
  RecordOptions,
  StreamEvent,
  StreamKeysOptions,
  StreamWebRtc,
} from './types.ts';
import type {
  BrowserPath,
  Command,
  ItemId,
  MediaEvent,
  OpenedRecording,
  OpenedSockets,
  PlayItem,
  PlayoutOptions,
  QualityReport,
  StreamId,
  StreamSnapshot,
  StreamStats,
} from './worker/protocol.ts';
import { defaultMemberSettings, type MemberSettings } from './worker/protocol.ts';

/** Its worker died: the file holds what was written until then. */
const lostRecording: RecordingEnd = { lengthMs: 0, reason: 'failed', cause: 'failed', bytes: 0 };

const defaultKeyMs = 100;
const defaultKeyGapMs = 60;

/** What a stream's handle needs of its pool. */
export interface StreamPool {
  readonly rooms: RoomHomes;
  readonly log: Log;
  /** What differs from `media.playout…`, filled up with it. */
  playoutOf(options: Partial<PlayoutOptions>): PlayoutOptions;
  /** A stream reported: for the figures of all of them. */
  qualityOf(report: QualityReport): void;
  nextItem(): ItemId;
  nextRecording(): number;
  /** Paths of the prompts that the items name, for a snapshot. */
  promptPaths(items: readonly PlayItem[]): { readonly [prompt: string]: string };
  /** Prompts that are played: files that have changed are loaded anew. */
  touchPrompts(items: readonly PlayItem[]): void;
  /** A path of a browser leg that reached no engine. */
  closePath(stream: StreamId, socket: number): void;
  /** The stream is with another engine now. */
  moved(stream: PoolStream): void;
  /** The handle is of no more use. */
  forget(stream: PoolStream): void;
}

const noStats: StreamStats = {
  packetsSent: 0,
  octetsSent: 0,
  packetsReceived: 0,
  octetsReceived: 0,
  packetsLost: 0,
  packetsLate: 0,
  packetsDuplicate: 0,
  packetsFromStrangers: 0,
  packetsMalformed: 0,
  packetsUnknownPayload: 0,
  packetsNotAuthentic: 0,
  packetsReplayed: 0,
  sendErrors: 0,
  concealedMs: 0,
  jitterMs: 0,
  roundTripMs: null,
  codec: '',
  packetsOtherSource: 0,
  relearned: 0,
  rxLevelDb: -127,
  txLevelDb: -127,
  clippedSamples: 0,
  playoutDelayMs: 0,
  stretchedMs: 0,
  droppedMs: 0,
  remoteLossFraction: null,
  remoteJitterMs: null,
  mos: null,
};

/**
 * The main thread's handle of a stream. While the stream moves to another engine, commands wait
 * here, in order:
 *
 *   play(room elsewhere) → detach on the old engine → attach on the new one → what waited, in order
 */
export class PoolStream implements MediaStream {
  readonly id: StreamId;
  readonly address: string;
  readonly sockets: OpenedSockets;
  onEvent: (event: StreamEvent) => void = () => {};
  readonly #pool: StreamPool;
  #link: EngineLink;
  /** Not null while the stream moves. */
  #moving: Promise<void> | null = null;
  #waiting: Command[] = [];
  #closing: Promise<StreamStats> | null = null;
  #over = false;
  #seat: MemberSettings = defaultMemberSettings;
  /** Null: no browser leg. */
  #browser: PoolBrowserLeg | null = null;
  /** Items that are queued or played, as far as this thread knows. */
  readonly #items = new Map<ItemId, PlayItem>();
  readonly #recordings = new Map<number, (end: RecordingEnd) => void>();

  constructor(id: StreamId, address: string, sockets: OpenedSockets, link: EngineLink, pool: StreamPool) {
    this.id = id;
    this.address = address;
    this.sockets = sockets;
    this.#link = link;
    this.#pool = pool;
  }

  get rtpPort(): number {
    return this.sockets.rtpPort;
  }

  get worker(): number {
    return this.#link.index;
  }

  get link(): EngineLink {
    return this.#link;
  }

  get webRtc(): StreamWebRtc | null {
    return this.#browser?.webRtc ?? null;
  }

  /** Once, right after it was made. */
  beBrowserLeg(legs: BrowserLegs, plan: LegPlan): void {
    this.#browser = new PoolBrowserLeg(legs, plan, {
      stream: this.id,
      send: (command) => this.#send(command),
      emit: (event) => this.#emit(event),
    });
  }

  /** A socket of the port that browser legs share; false: the stream is over, and the socket still the caller's. */
  addPath(path: BrowserPath): boolean {
    if (this.#over || this.#closing !== null) return false;
    this.#send({ kind: 'addPath', stream: this.id, path });
    return true;
  }

  async restartIce(): Promise<StreamWebRtc> {
    if (this.#over || this.#closing !== null) throw new CodedError('media.failed', `stream ${this.id} is over`);
    if (this.#browser === null) throw new CodedError('media.failed', `stream ${this.id} is no browser leg`);
    return this.#browser.restart();
  }

  configure(parameters: AudioParameters): void {
    if (parameters.webRtc !== undefined && parameters.webRtc !== null) this.#browser?.configure(parameters.webRtc);
    this.#send({ kind: 'configure', stream: this.id, parameters });
  }

  play(requests: readonly PlayRequest[], where: 'back' | 'front' = 'back'): readonly ItemId[] {
    const items = requests.map((request): PlayItem => ({ ...request, item: this.#pool.nextItem() }));
    if (!this.#over) {
      for (const item of items) this.adopt(item);
      this.#pool.touchPrompts(items);
      this.#send({ kind: 'play', stream: this.id, items, where });
    }
    return items.map(({ item }) => item);
  }

  /** Keeps the books of an item; a room brings the stream to the room's engine. */
  adopt(item: PlayItem): void {
    this.#items.set(item.item, item);
    if (item.kind === 'remote') holdRemoteStream(item.ring.buffer);
    if (item.kind === 'room' || item.kind === 'tee') this.#seekRoom(item.item, item.room);
  }

  #seekRoom(item: ItemId, room: string): void {
    const home = this.#pool.rooms.enter(item, room, this.#link);
    if (home !== this.#link) this.#moveTo(home);
  }

  flush(): void {
    this.#send({ kind: 'flush', stream: this.id });
  }

  removeItem(item: ItemId): void {
    this.#send({ kind: 'removeItem', stream: this.id, item });
  }

  /** What it is to the others of a room. */
  get seat(): MemberSettings {
    return this.#seat;
  }

  /** The engine has it from the snapshot already. */
  restoreSeat(settings: MemberSettings): void {
    this.#seat = settings;
  }

  setSeat(settings: MemberSettings): void {
    this.#seat = settings;
    this.#send({ kind: 'configureMember', stream: this.id, settings });
  }

  setMuted(muted: boolean): void {
    this.#send({ kind: 'setMuted', stream: this.id, muted });
  }

  setPlayout(options: Partial<PlayoutOptions>): void {
    this.#send({ kind: 'setPlayout', stream: this.id, playout: this.#pool.playoutOf(options) });
  }

  setReceiving(receiving: boolean): void {
    this.#send({ kind: 'setReceiving', stream: this.id, receiving });
  }

  setSending(sending: boolean): void {
    this.#send({ kind: 'setSending', stream: this.id, sending });
  }

  sendKeys(keys: string, options: StreamKeysOptions = {}): void {
    const { durationMs = defaultKeyMs, gapMs = defaultKeyGapMs, method = 'auto' } = options;
    this.#send({ kind: 'sendKeys', stream: this.id, keys, durationMs, gapMs, method });
  }

  async record(path: string, options: RecordOptions = {}): Promise<Recording> {
    await this.#settled();
    const recording = this.#pool.nextRecording();
    const ended = new Promise<RecordingEnd>((resolve) => this.#recordings.set(recording, resolve));
    // The file stays with the engine that opened it, wherever the stream goes.
    const link = this.#link;
    try {
      const opened = await this.#request<OpenedRecording>({
        kind: 'startRecording',
        stream: this.id,
        recording,
        path,
        ...recordingOptions(options),
      });
      return new PoolRecording(path, opened, ended, async () => {
        if (!this.#recordings.has(recording)) return;
        await link.request({ kind: 'stopRecording', stream: this.id, recording }).catch(() => {});
        if (link.dead) this.#endRecording(recording, lostRecording);
      });
    } catch (fault) {
      this.#recordings.delete(recording);
      throw fault;
    }
  }

  async stats(): Promise<StreamStats> {
    if (this.#closing !== null) return this.#closing;
    return this.#ask<StreamStats>({ kind: 'stats', stream: this.id });
  }

  async snapshot(): Promise<StreamSnapshot> {
    const snapshot = await this.#ask<StreamSnapshot>({ kind: 'snapshot', stream: this.id });
    return { ...snapshot, state: { ...snapshot.state, prompts: this.#pool.promptPaths(snapshot.items) } };
  }

  close(): Promise<StreamStats> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<StreamStats> {
    if (this.#over) return noStats;
    this.#browser?.close();
    let stats = noStats;
    try {
      stats = await this.#ask<StreamStats>({ kind: 'close', stream: this.id });
    } catch (fault) {
      this.#pool.log.warn('a media stream was not closed in order', { stream: this.id, fault: String(fault) });
    }
    this.#end();
    return stats;
  }

  /** An event of this stream. */
  receive(event: MediaEvent): void {
    if (this.#over) return;
    switch (event.kind) {
      case 'itemStarted': {
        // A room in front of another one may have taken the stream elsewhere meanwhile.
        const item = this.#items.get(event.item);
        if (item?.kind === 'room' && this.#moving === null) this.#seekRoom(item.item, item.room);
        break;
      }
      case 'itemEnded':
        this.#drop(event.item);
        break;
      case 'remoteReady': {
        const item = this.#items.get(event.item);
        if (item?.kind === 'remote') wakeRemoteStream(item.ring.buffer);
        return;
      }
      case 'recordingEnded':
        this.#endRecording(event.recording, {
          lengthMs: event.lengthMs,
          reason: event.reason,
          cause: event.cause ?? 'stopped',
          bytes: event.bytes ?? 0,
        });
        break;
      case 'playlistEmpty':
      case 'key':
      case 'rtpTimeout':
      case 'peerLearned':
      case 'peerBye':
      case 'peerUnreachable':
        break;
      case 'iceSelected':
      case 'iceFailed':
      case 'dtlsReceived':
        this.#browser?.receive(event);
        return;
      case 'quality':
        this.#pool.qualityOf(event.report);
        break;
      default:
        return;
    }
    this.#emit(event);
  }

  /** The engine died, or the move failed: nothing is left of the stream. */
  fail(detail: string): void {
    if (this.#over) return;
    this.#end();
    this.#emit({ kind: 'failed', detail });
  }

  #emit(event: StreamEvent): void {
    try {
      this.onEvent(event);
    } catch (fault) {
      this.#pool.log.error('a listener of media events threw', { stream: this.id, fault: String(fault) });
    }
  }

  #end(): void {
    if (this.#over) return;
    this.#browser?.close();
    this.#over = true;
    for (const command of this.#waiting.splice(0)) {
      if (command.kind === 'addPath') this.#pool.closePath(this.id, command.path.socket);
    }
    for (const item of [...this.#items.keys()]) this.#drop(item);
    for (const recording of [...this.#recordings.keys()]) this.#endRecording(recording, lostRecording);
    this.#pool.forget(this);
  }

  #drop(item: ItemId): void {
    const dropped = this.#items.get(item);
    if (dropped?.kind === 'remote') releaseRemoteStream(dropped.ring.buffer);
    this.#items.delete(item);
    this.#pool.rooms.leave(item);
  }

  #endRecording(recording: number, end: RecordingEnd): void {
    this.#recordings.get(recording)?.(end);
    this.#recordings.delete(recording);
  }

  #send(command: Command): void {
    if (this.#over || this.#closing !== null) return;
    if (this.#moving !== null) this.#waiting.push(command);
    else this.#link.send(command);
  }

  /** Waits until the stream is at one engine; in the end nothing more than a look. */
  async #settled(): Promise<void> {
    while (this.#moving !== null) await this.#moving;
    if (this.#over) throw new CodedError('media.failed', `stream ${this.id} is over`);
  }

  async #ask<T>(command: RequestCommand): Promise<T> {
    await this.#settled();
    return this.#request<T>(command);
  }

  /** Replies have the types that `protocol.ts` names beside each command. */
  async #request<T>(command: RequestCommand): Promise<T> {
    return (await this.#link.request(command)) as T;
  }

  #moveTo(home: EngineLink): void {
    const before = this.#moving ?? Promise.resolve();
    const moving = before.then(() => this.#move(home));
    this.#moving = moving;
    void moving.then(() => {
      if (this.#moving !== moving) return; // another move follows
      this.#moving = null;
      for (const command of this.#waiting.splice(0)) this.#link.send(command);
    });
  }

  async #move(home: EngineLink): Promise<void> {
    if (this.#over || home === this.#link || home.dead) return;
    try {
      const snapshot = await this.#request<StreamSnapshot>({ kind: 'detach', stream: this.id });
      this.#link = home;
      this.#pool.moved(this);
      await home.request({ kind: 'attach', snapshot, reopen: false });
    } catch (fault) {
      this.fail(`moving to media worker ${home.index}: ${fault instanceof Error ? fault.message : String(fault)}`);
    }
  }
}
