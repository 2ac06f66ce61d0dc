/**
 * One leg: RTP in, playlist, RTP out. In each tick the engine calls `takeIn` on all streams, then
 * steps the rooms, then calls `giveOut` on all streams.
 */
import type { SockAddr, SocketHandle } from '../../runtime/index.ts';
import { formatHost, sockAddrPort, sockAddrText } from '../../runtime/index.ts';
import type { AudioParameters, NegotiatedCodec, SrtpParameters } from '../../sdp/types.ts';
import { BrowserLeg } from './browser-leg.ts';
import { disposeCodecs } from './codec-store.ts';
import { type EntryHost, makeEntry } from './entries/index.ts';
import type { FrameScratch } from './frame-scratch.ts';
import { Playlist } from './playlist.ts';
import type { StoredPrompt } from './prompt-store.ts';
import {
  type BrowserLegOptions,
  defaultMemberSettings,
  type EndReason,
  type IceCommand,
  type ItemId,
  type KeyMethod,
  type MemberSettings,
  type OpenedSockets,
  type PlayItem,
  type PlayoutOptions,
  type PromptId,
  type RecordItem,
  type StreamId,
  type StreamOptions,
  type StreamStats,
} from './protocol.ts';
import { Receiver } from './receiver.ts';
import type { RecordingTap } from './recorder.ts';
import type { Rooms, StreamCodec } from './room.ts';
import { isRtcp } from './rtp.ts';
import { Sender } from './sender.ts';
import { SrtpContext } from './srtp.ts';
import type { StreamHost } from './stream-host.ts';
import { StreamKeys } from './stream-keys.ts';
import { type QualitySources, reportOffsetMs, StreamQuality } from './stream-quality.ts';
import { StreamRtcp } from './stream-rtcp.ts';
import { streamStats } from './stream-stats.ts';

const frameMs = 20;
/** Reports and time-outs are looked at every eighth tick, and levels with them. */
const housekeepingMask = 7;
/** A peer that sent so many packets with another agreed codec has switched: so do we. */
const packetsToFollow = 10;

export type StreamSockets = OpenedSockets;

export class Stream implements EntryHost {
  // What every tick needs comes first: fields that are used together lie together.
  readonly id: StreamId;
  /** Where its packets come in; below zero: nowhere. */
  readonly socket: SocketHandle;
  /** The ticks whose halves were done: each once. */
  #takenIn = -1;
  #givenOut = -1;
  readonly receiver: Receiver;
  readonly sender: Sender;
  readonly playlist: Playlist;
  readonly keys: StreamKeys;
  readonly #scratch: FrameScratch;
  /** The codec that we send with; null before the first configuration. */
  #codec: StreamCodec | null = null;
  readonly taps: RecordingTap[] = [];
  #frameSamples = 160;
  sampleRateHz = 8000;
  #sending = false;
  maySend = true;
  muted = false;
  seat: MemberSettings = defaultMemberSettings;
  #expectsRtp = false;
  #timeoutReported = false;
  #unreachableTold = false;
  readonly rtcp: StreamRtcp;
  /** Null: plain RTP. */
  srtp: SrtpContext | null = null;
  #badPacketsTold = false;
  readonly #quality: StreamQuality;
  /** Which of the negotiated codecs we send with. */
  codecIndex = 0;
  readonly sockets: StreamSockets;
  options: StreamOptions;
  readonly #host: StreamHost;
  parameters: AudioParameters | null = null;
  #codecs: readonly (StreamCodec | null)[] = [];
  #codecKey = '';
  /** Files that were opened for this stream in this thread; each leaves when it is closed. */
  readonly openFiles = new Set<Promise<void>>();
  /** `record` entries whose files are not closed yet: the list is empty only after them. */
  #openRecordings = 0;
  #emptyWaits = false;

  /** Null: no browser leg. */
  readonly browser: BrowserLeg | null;

  constructor(id: StreamId, sockets: StreamSockets, options: StreamOptions, host: StreamHost) {
    this.id = id;
    this.socket = sockets.rtp;
    this.sockets = sockets;
    this.options = options;
    this.#host = host;
    this.#scratch = host.scratch;
    this.receiver = new Receiver(
      options.symmetric && options.webRtc === undefined,
      (from) => this.#learned(from),
      (key, durationMs) => host.post({ kind: 'key', stream: id, key, durationMs }),
      options.playout,
    );
    this.sender = new Sender(host.io, host.scratch, sockets.rtp, options.ssrc, this.receiver.latch, {
      sequence: host.random.integer(0x8000),
      timestamp: host.random.integer(0x1_0000_0000),
      silenceSuppression: options.silenceSuppression ?? false,
    });
    this.keys = new StreamKeys(id, options.inbandDtmf ?? 'auto', host);
    const { receiver, sender } = this;
    this.rtcp = new StreamRtcp({ stream: id, options, sockets, receiver, sender, host });
    this.browser = options.webRtc === undefined ? null : this.#browserLeg(options.webRtc);
    this.#quality = new StreamQuality(options.qualityIntervalMs ?? 0, host.clock.nowMs(), reportOffsetMs(id));
    this.playlist = new Playlist({
      started: (item) => host.post({ kind: 'itemStarted', stream: id, item }),
      ended: (item, reason, playedSamples) =>
        host.post({ kind: 'itemEnded', stream: id, item, reason, playedSamples: Math.round(playedSamples) }),
      empty: () => this.#empty(),
    });
  }

  #browserLeg(options: BrowserLegOptions): BrowserLeg {
    const { id: stream, sockets, receiver, sender, rtcp } = this;
    return new BrowserLeg({
      ...{ stream, options, sockets, receiver, sender, rtcp, host: this.#host },
      secure: (keys) => this.#secure(keys),
      changed: () => this.#setReach(),
      warn: (message) => this.warn(message),
    });
  }

  get rooms(): Rooms {
    return this.#host.rooms;
  }

  prompt(id: PromptId): StoredPrompt | null {
    return this.#host.prompt(id);
  }

  recordItem(item: RecordItem): RecordingTap | null {
    const tap = this.#host.recordItem(this, item);
    if (tap !== null) this.#openRecordings++;
    return tap;
  }

  remoteReady(item: ItemId): void {
    this.#host.post({ kind: 'remoteReady', stream: this.id, item });
  }

  warn(message: string): void {
    this.#host.post({ kind: 'log', level: 'warn', message, stream: this.id });
  }

  /** Starts, or changes, what offer and answer agreed on. The same codecs again disturb nothing. */
  configure(parameters: AudioParameters): void {
    const { direction, remote } = parameters;
    const { codecs, telephoneEvent, comfortNoise, ptimeMs } = parameters;
    const key = JSON.stringify([codecs, telephoneEvent, comfortNoise, ptimeMs, direction]);
    this.parameters = parameters;
    if (key !== this.#codecKey) {
      this.#codecKey = key;
      this.#chooseCodecs(parameters);
    }
    if (this.browser !== null) this.browser.configure(parameters.webRtc ?? null);
    else {
      if (remote === null) this.rtcp.configure(parameters);
      else this.#describe(parameters, remote.address, remote.port);
      this.receiver.rearm();
      this.#secure(parameters.srtp ?? null);
    }
    this.#setReach();
  }

  /** Is there somebody to talk to, and who may? Counts the time without packets anew. */
  #setReach(): void {
    const { parameters, browser } = this;
    const direction = parameters?.direction ?? 'inactive';
    // The description of a browser may name no place at all (0.0.0.0 port 9): ICE finds it.
    const isReachable = browser === null ? (parameters?.remote ?? null) !== null : browser.ready;
    this.#sending = isReachable && (direction === 'sendrecv' || direction === 'sendonly');
    this.#expectsRtp = isReachable && (direction === 'sendrecv' || direction === 'recvonly');
    this.receiver.lastSignMs = Math.round(this.#host.clock.nowMs());
    this.#timeoutReported = false;
  }

  /** The same keys again disturb nothing; others go on where the old ones were. */
  #secure(keys: SrtpParameters | null): void {
    if (keys === null) this.srtp = null;
    else if (this.srtp === null) this.srtp = new SrtpContext(keys);
    else this.srtp.rekey(keys);
    this.sender.srtp = this.srtp;
    this.receiver.srtp = this.srtp;
  }

  #chooseCodecs(parameters: AudioParameters): void {
    disposeCodecs(this.#codecs);
    this.#codecs = [];
    this.#codecs = parameters.codecs.map((codec) => this.#makeCodec(codec, parameters.ptimeMs));
    this.codecIndex = Math.max(
      0,
      this.#codecs.findIndex((codec) => codec !== null),
    );
    this.#codec = this.#codecs[this.codecIndex] ?? null;
    if (this.#codec === null) {
      this.warn(`no codec ${parameters.codecs[0].name}/${parameters.codecs[0].clockRateHz}: nothing is sent`);
      return;
    }
    this.sampleRateHz = this.#codec.record.sampleRateHz;
    this.#frameSamples = this.#codec.frameSamples;
    this.receiver.configure(parameters, this.#codecs, this.sampleRateHz);
    this.keys.configure(parameters, this.sampleRateHz);
    this.sender.configure(parameters, this.#codec, this.codecIndex);
    this.rtcp.session.sessionKbps = this.sender.kbps;
  }

  /** Null when there is none, or when it cannot be made: the others are as good as ever. */
  #makeCodec({ name, clockRateHz, channels, fmtp }: NegotiatedCodec, ptimeMs: number): StreamCodec | null {
    try {
      return this.#host.codec(name, clockRateHz, channels, { fmtp, ptimeMs });
    } catch (fault) {
      this.warn(`the codec ${name}/${clockRateHz} cannot be used: ${String(fault)}`);
      return null;
    }
  }

  /** The peer uses another agreed codec: it is answered with the same; any may be used at any time (RFC 3264 6.1). */
  #follow(index: number): void {
    const { parameters } = this;
    const codec = this.#codecs[index];
    if (index === this.codecIndex || codec === null || codec === undefined || parameters === null) return;
    this.#codec = codec;
    this.codecIndex = index;
    const { sampleRateHz } = codec.record;
    if (sampleRateHz !== this.sampleRateHz) {
      this.sampleRateHz = sampleRateHz;
      this.receiver.configure(parameters, this.#codecs, sampleRateHz);
      this.keys.configure(parameters, sampleRateHz);
    }
    this.#frameSamples = codec.frameSamples;
    this.sender.configure(parameters, codec, index);
    this.rtcp.session.sessionKbps = this.sender.kbps;
  }

  #describe(parameters: AudioParameters, address: string, port: number): void {
    try {
      this.rtcp.configure(parameters);
      this.receiver.latch.describe(address, port);
    } catch (fault) {
      this.warn(`cannot send to ${formatHost(address)}: ${String(fault)}`);
    }
  }

  play(items: readonly PlayItem[], where: 'back' | 'front'): void {
    const entries = items.map((item) => makeEntry(item, this, null));
    this.playlist.add(entries, where);
  }

  sendKeys(keys: string, durationMs: number, gapMs: number, method: KeyMethod = 'auto'): void {
    const way = this.sender.canSendKeys && method !== 'inband' ? this.sender : this.keys;
    if (!this.#sending || (method === 'rtp' && way === this.keys)) {
      this.warn('keys not sent: telephone-event was not agreed, or the stream does not send');
      return;
    }
    const queued = way.pushKeys(keys, durationMs, gapMs);
    if (queued < keys.length) this.warn(`${keys.length - queued} of ${keys.length} keys not sent`);
  }

  setReceiving(receiving: boolean): void {
    if (receiving && !this.receiver.receiving) {
      this.receiver.lastSignMs = Math.round(this.#host.clock.nowMs());
      this.receiver.statistics.newSource(); // what went unread is not lost
    }
    this.receiver.receiving = receiving;
    if (!receiving) this.receiver.jitter.reset();
  }

  setPlayout(playout: PlayoutOptions): void {
    this.options = { ...this.options, playout };
    this.receiver.setPlayout(playout);
  }

  /** What the main thread tells a browser leg. */
  ice(command: IceCommand): void {
    if (this.browser === null) this.warn(`${command.kind}: the stream is no browser leg`);
    else this.browser.handle(command);
  }

  /** A datagram of the RTP port; RTCP may share it (RFC 5761). */
  receiveRtp(packet: Uint8Array, length: number, from: SockAddr, nowMs: number, socket: SocketHandle): void {
    if (this.browser !== null) this.browser.receive(socket, packet, length, from, nowMs);
    else if (isRtcp(packet, length)) this.rtcp.read(packet, length, this.receiver.latch.accepts(from), nowMs);
    else this.receiver.receive(packet, length, from, nowMs);
  }

  /** A datagram of the RTCP port. */
  receiveRtcp(packet: Uint8Array, length: number, from: SockAddr, nowMs: number): void {
    this.rtcp.receive(packet, length, from, nowMs);
  }

  /** First half of a tick: what came in goes to the playlist's current entry and to recordings. */
  takeIn(tick: number, nowMs: number): void {
    if (this.#takenIn === tick) return;
    this.#takenIn = tick;
    const { receiver } = this;
    // Reports and time-outs are looked after in turn: not every stream in every tick.
    const isTurn = this.#isTurn(tick);
    if (isTurn) this.#keepHouse(nowMs);
    if (receiver.keyOpen) receiver.tickKey(frameMs);
    if (this.#codec !== null) {
      const heard = this.#scratch.next();
      const frame = receiver.pull(heard, this.#frameSamples) ? heard : null;
      if (isTurn) {
        if (frame === null) this.#quality.rx.addSilence(this.#frameSamples);
        else this.#quality.rx.add(frame, this.#frameSamples);
      }
      this.keys.hear(frame, this.#frameSamples);
      this.playlist.write(frame, this.#frameSamples);
      if (this.taps.length > 0) this.#recordIn(frame);
    } else {
      // A leg that rings has no media yet, but its room may hear a tone for it.
      this.playlist.write(null, this.#frameSamples);
    }
  }

  /** Was it taken in in this tick? */
  hadItsTurn(tick: number): boolean {
    return this.#takenIn === tick;
  }

  #isTurn(tick: number): boolean {
    return ((tick + this.id) & housekeepingMask) === 0;
  }

  #recordIn(frame: Int16Array | null): void {
    for (let i = this.taps.length - 1; i >= 0; i--) {
      const tap = this.taps[i] as RecordingTap;
      if (!tap.received(frame, this.#frameSamples, this.sampleRateHz)) this.taps.splice(i, 1);
    }
  }

  #keepHouse(nowMs: number): void {
    this.browser?.keepHouse(nowMs);
    if (this.rtcp.session.isDue(nowMs)) this.rtcp.send(false);
    if (this.srtp !== null && this.srtp.notAuthentic > 0 && !this.#badPacketsTold) {
      this.#badPacketsTold = true;
      this.warn('packets come in that are not encrypted with the key that was agreed: they are dropped');
    }
    const { rtpTimeoutMs } = this.options;
    const { receiver } = this;
    const heard = receiver.codecHeardFor(packetsToFollow);
    if (heard >= 0 && heard !== this.codecIndex && this.#codec !== null) this.#follow(heard);
    if (this.#quality.isDue(nowMs)) this.#reportQuality(nowMs);
    if (this.sender.unreachable !== this.#unreachableTold) this.#tellReach();
    if (rtpTimeoutMs === 0 || !this.#expectsRtp || !receiver.receiving || this.#timeoutReported) return;
    if (nowMs - receiver.lastSignMs < rtpTimeoutMs) return;
    this.#timeoutReported = true;
    this.#host.post({ kind: 'rtpTimeout', stream: this.id });
  }

  /** Second half of a tick: one frame of the playlist is sent. */
  giveOut(tick: number): void {
    const codec = this.#codec;
    if (codec === null || this.#givenOut === tick) return;
    this.#givenOut = tick;
    const { sender } = this;
    const current = this.playlist.unmixed;
    const takesFrame =
      this.taps.length === 0 && !sender.hasKeys && !this.keys.speaking && !sender.suppresses && sender.takesFrames;
    const sends = this.#sending && this.maySend;
    if (current !== null && sends && takesFrame) {
      const bytes = current.readPayload(codec, sender.target);
      if (bytes > 0) {
        if (this.#isTurn(tick)) this.#measureCodes(codec, sender.target, bytes);
        sender.sendFrame(bytes);
        this.playlist.settle();
        return;
      }
    }
    const { out } = this.#scratch;
    this.playlist.read(out, this.#frameSamples);
    this.keys.speak(out, this.#frameSamples, this.sampleRateHz);
    for (let i = 0; i < this.taps.length; i++) this.taps[i]?.beep(out, 0, this.#frameSamples, this.sampleRateHz);
    if (this.#isTurn(tick)) this.#quality.tx.add(out, this.#frameSamples);
    if (!sends) sender.skipFrame();
    else if (!sender.sendKey()) sender.sendSamples(out, this.#frameSamples);
    for (let i = this.taps.length - 1; i >= 0; i--) {
      const tap = this.taps[i] as RecordingTap;
      if (!tap.sent(out, this.#frameSamples, this.sampleRateHz)) this.taps.splice(i, 1);
    }
  }

  /** The level of a frame that somebody else encoded, where it can be told without decoding. */
  #measureCodes({ record }: StreamCodec, payload: Uint8Array, bytes: number): void {
    if (record.decodingTable !== undefined) this.#quality.tx.addCodes(record.decodingTable, payload, bytes);
  }

  #tellReach(): void {
    this.#unreachableTold = this.sender.unreachable;
    if (!this.#unreachableTold) return;
    const { peer } = this.receiver.latch;
    const [address, port] = [sockAddrText(peer), sockAddrPort(peer)];
    this.warn(`packets for ${address} port ${port} are refused by the system: only one of ten is tried`);
    this.#host.post({ kind: 'peerUnreachable', stream: this.id, address, port });
  }

  #reportQuality(nowMs: number): void {
    const report = this.#quality.take(this.#figures(), nowMs);
    if (report !== null) this.#host.post({ kind: 'quality', stream: this.id, report });
  }

  #figures(): QualitySources {
    const { receiver, sender, rtcp } = this;
    const record = this.#codec?.record;
    return {
      receiver,
      sender,
      rtcp: rtcp.session,
      codec: record?.name ?? '',
      clockRateHz: record?.clockRateHz ?? 8000,
    };
  }

  /** The stream is gone, or goes on elsewhere: what its codecs hold is freed. */
  disposeCodecs(): void {
    disposeCodecs(this.#codecs);
  }

  /** States of the codecs that have one, in the order of the negotiated codecs. */
  codecStates(): readonly unknown[] {
    return this.#codecs.map((codec) => codec?.codec.snapshot?.() ?? null);
  }

  /** `index`: which of the negotiated codecs is sent. */
  restoreCodecs(states: readonly unknown[], index: number): void {
    this.#follow(index);
    this.#codecs.forEach((codec, index) => {
      const state = states[index] ?? null;
      if (codec !== null && state !== null) codec.codec.restore?.(state);
    });
  }

  /** Something of this stream threw, most likely its codec: it neither plays nor hears any more. */
  disable(fault: string): void {
    this.#codec = null;
    this.#sending = false;
    this.#host.post({ kind: 'log', level: 'error', message: `the stream falls silent: ${fault}`, stream: this.id });
  }

  #learned(from: SockAddr): void {
    this.rtcp.latch.unlock();
    this.#host.post({
      kind: 'peerLearned',
      stream: this.id,
      address: sockAddrText(from),
      port: sockAddrPort(from),
    });
  }

  #empty(): void {
    if (this.#openRecordings > 0) this.#emptyWaits = true;
    else this.#host.post({ kind: 'playlistEmpty', stream: this.id });
  }

  /** The file of a `record` entry is closed. */
  recordingClosed(): void {
    this.#openRecordings = Math.max(0, this.#openRecordings - 1);
    if (this.#openRecordings > 0 || !this.#emptyWaits) return;
    this.#emptyWaits = false;
    if (this.playlist.isEmpty) this.#host.post({ kind: 'playlistEmpty', stream: this.id });
  }

  /** What was to be said later is said now: the stream leaves this thread. */
  settle(): void {
    if (this.#emptyWaits) this.#host.post({ kind: 'playlistEmpty', stream: this.id });
    this.#emptyWaits = false;
  }

  /** Ends entries and recordings; BYE on RTCP. */
  end(reason: EndReason): void {
    this.playlist.flush(reason);
    for (const tap of this.taps.splice(0)) tap.end(reason);
    if (this.parameters !== null) this.rtcp.send(true);
  }

  stats(): StreamStats {
    const { receiver, sender, srtp } = this;
    const overall = this.#quality.overall(this.#figures(), this.#host.clock.nowMs());
    return streamStats({ receiver, sender, srtp, overall, codec: this.#codec?.record ?? null });
  }
}
