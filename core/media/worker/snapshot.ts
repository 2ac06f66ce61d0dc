/**
 * A stream as plain data, and back. Within the process it moves a stream to another thread; a fresh
 * process restores calls from it, so what is read here is checked like anything from outside.
 */
import { CodedError } from '../../runtime/index.ts';
import { browserStateOf } from './browser-leg-state.ts';
import type { ComfortNoiseState } from './comfort-noise.ts';
import type { ConcealState } from './conceal.ts';
import type { DtmfReceiveState } from './dtmf-receive.ts';
import type { DtmfSendState, QueuedKey } from './dtmf-send.ts';
import { makeEntry } from './entries/index.ts';
import type { JitterState } from './jitter-buffer.ts';
import type { LatchState } from './latch.ts';
import { memberSettingsOf } from './member-settings.ts';
import type { EntryState } from './playlist.ts';
import type { DelayState } from './playout-delay.ts';
import type { VoiceState } from './playout-voice.ts';
import type { PlayItem, StreamSnapshot } from './protocol.ts';
import type { ReceptionState } from './reception-statistics.ts';
import { RecordingTap, tapStateOf } from './recorder.ts';
import type { RtcpState } from './rtcp-session.ts';
import type { SenderState } from './sender.ts';
import { srtpStateOf } from './srtp-report.ts';
import type { Stream } from './stream.ts';
import type { StreamKeysState } from './stream-keys.ts';
import type { ToneLineState } from './tone-line.ts';

const version = 1;

/** Everything of `stream` that another engine needs. Audio shared by taps comes along as memory. */
export function takeSnapshot(stream: Stream, nowMs: number): StreamSnapshot {
  const { receiver, sender, sockets } = stream;
  return {
    version,
    stream: stream.id,
    address: sockets.address,
    rtpPort: sockets.rtpPort,
    rtpSocket: sockets.rtp,
    rtcpSocket: sockets.rtcp,
    options: stream.options,
    parameters: stream.parameters,
    items: stream.playlist.entries().map(({ item }) => item),
    state: {
      entries: stream.playlist.entries().map((entry) => entry.state()),
      latch: receiver.latch.state(),
      rtcpLatch: stream.rtcp.latch.state(),
      codecs: stream.codecStates(),
      codecIndex: stream.codecIndex,
      jitter: receiver.jitter.state(),
      noise: receiver.noiseState(),
      dtmf: receiver.dtmf.state(),
      keys: stream.keys.state(),
      reception: receiver.statistics.state(),
      source: { ssrc: receiver.ssrc, known: receiver.hasSource },
      counters: {
        strangers: receiver.fromStrangers,
        malformed: receiver.malformed,
        unknown: receiver.unknownPayloads,
        other: receiver.otherSources,
        found: receiver.search.found,
      },
      before: receiver.before,
      silentMs: nowMs - receiver.lastSignMs,
      receiving: receiver.receiving,
      muted: stream.muted,
      maySend: stream.maySend,
      seat: stream.seat,
      sender: sender.state(),
      rtcp: stream.rtcp.session.state(),
      browser: stream.browser?.state(nowMs) ?? null,
      srtp: stream.srtp?.state() ?? null,
      taps: stream.taps.map((tap) => tap.state()),
    },
  };
}

/** What a process may have sent after its snapshot: 20 s of packets, and their reports. */
const leap = { packets: 1000, reports: 16 } as const;

/**
 * Puts a stream that was just made into the state of a snapshot; `elsewhere`: one of another process,
 * which may have gone on after it. @throws CodedError `media.failed`.
 */
export function applySnapshot(stream: Stream, snapshot: StreamSnapshot, nowMs: number, elsewhere = false): void {
  if (snapshot.version !== version) throw bad(`version ${String(snapshot.version)}`);
  const state = new Reader(snapshot.state, 'state');
  if (snapshot.parameters !== null) stream.configure(snapshot.parameters);
  const { receiver } = stream;
  receiver.latch.restore(latchState(state.object('latch')));
  stream.rtcp.latch.restore(latchState(state.object('rtcpLatch')));
  stream.restoreCodecs(state.list('codecs'), state.numberOr('codecIndex', 0));
  receiver.jitter.restore(jitterState(state.object('jitter')));
  receiver.restoreNoise(noiseState(state.objectOr('noise')));
  receiver.dtmf.restore(dtmfReceiveState(state.object('dtmf')));
  receiver.keyOpen = receiver.dtmf.pressed;
  stream.keys.restore(streamKeysState(state.object('keys')));
  receiver.statistics.restore(receptionState(state.object('reception')));
  const source = state.object('source');
  receiver.restoreSource(source.number('ssrc'), source.boolean('known'), Math.round(nowMs));
  const counters = state.object('counters');
  receiver.fromStrangers = counters.number('strangers');
  receiver.malformed = counters.number('malformed');
  receiver.unknownPayloads = counters.number('unknown');
  receiver.otherSources = counters.numberOr('other', 0);
  receiver.search.found = counters.numberOr('found', 0);
  const before = state.objectOr('before');
  receiver.before = {
    late: before.numberOr('late', 0),
    concealedMs: before.numberOr('concealedMs', 0),
    stretchedMs: before.numberOr('stretchedMs', 0),
    droppedMs: before.numberOr('droppedMs', 0),
  };
  receiver.lastSignMs = Math.round(nowMs - state.number('silentMs'));
  receiver.receiving = state.boolean('receiving');
  stream.muted = state.boolean('muted');
  stream.maySend = state.raw('maySend') !== false;
  stream.seat = memberSettingsOf(state.raw('seat'));
  stream.sender.restore(senderState(state.object('sender')));
  stream.rtcp.session.restore(rtcpState(state.object('rtcp')));
  const browser = browserStateOf(state.raw('browser'));
  if (browser !== null) stream.browser?.restore(browser, nowMs, snapshot.rtpSocket, elsewhere);
  const srtp = srtpStateOf(state.raw('srtp'));
  if (srtp !== null) stream.srtp?.restore(srtp);
  if (elsewhere && stream.srtp !== null) {
    // The same key stream twice would show both packets to whoever listens.
    stream.sender.leap(leap.packets);
    stream.srtp.leap(leap.reports);
  }
  for (const tap of state.list('taps')) {
    const tapState = tapStateOf(tap);
    if (tapState !== null) stream.taps.push(new RecordingTap(tapState));
  }
  const entries = state.list('entries').map((entry) => entryState(new Reader(entry, 'entry')));
  stream.playlist.add(
    snapshot.items.flatMap((item, index) =>
      isPlayable(item) ? [makeEntry(item, stream, entries[index] ?? null)] : [],
    ),
    'back',
  );
}

/** Shared memory does not come along to another process, so neither does what plays from it. */
function isPlayable(item: PlayItem): boolean {
  return item.kind !== 'remote' || item.ring.buffer instanceof SharedArrayBuffer;
}

/** Reads fields of data that may be anything. */
class Reader {
  readonly #fields: { readonly [key: string]: unknown };
  readonly #place: string;

  constructor(value: unknown, place: string) {
    if (typeof value !== 'object' || value === null) throw bad(`${place} is no object`);
    this.#fields = Object.fromEntries(Object.entries(value));
    this.#place = place;
  }

  number(key: string): number {
    const value = this.#fields[key];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw bad(`${this.#place}.${key} is no number`);
    return value;
  }

  boolean(key: string): boolean {
    const value = this.#fields[key];
    if (typeof value !== 'boolean') throw bad(`${this.#place}.${key} is no boolean`);
    return value;
  }

  text(key: string): string {
    const value = this.#fields[key];
    if (typeof value !== 'string') throw bad(`${this.#place}.${key} is no text`);
    return value;
  }

  object(key: string): Reader {
    return new Reader(this.#fields[key], `${this.#place}.${key}`);
  }

  list(key: string): readonly unknown[] {
    const value = this.#fields[key];
    if (!Array.isArray(value)) throw bad(`${this.#place}.${key} is no list`);
    return value;
  }

  numbers(key: string): number[] {
    return this.list(key).map((value) => {
      if (typeof value !== 'number') throw bad(`${this.#place}.${key} is no list of numbers`);
      return value;
    });
  }

  /** What snapshots of earlier versions do not have. */
  numberOr(key: string, otherwise: number): number {
    return this.#fields[key] === undefined ? otherwise : this.number(key);
  }

  nullableOr(key: string): number | null {
    return this.#fields[key] === undefined ? null : this.nullable(key, () => this.number(key));
  }

  objectOr(key: string): Reader {
    return new Reader(this.#fields[key] ?? {}, `${this.#place}.${key}`);
  }

  numbersOr(key: string, otherwise: number[]): number[] {
    return this.#fields[key] === undefined ? otherwise : this.numbers(key);
  }

  nullable<T>(key: string, read: () => T): T | null {
    return this.#fields[key] === null ? null : read();
  }

  raw(key: string): unknown {
    return this.#fields[key];
  }
}

function bad(what: string): CodedError {
  return new CodedError('media.failed', `the snapshot cannot be used: ${what}`);
}

function latchState(of: Reader): LatchState {
  return { peer: of.numbers('peer'), described: of.numbers('described'), locked: of.boolean('locked') };
}

function jitterState(of: Reader): JitterState {
  return {
    playing: of.boolean('playing'),
    waitMs: of.number('waitMs'),
    next: of.number('next'),
    playTs: of.number('playTs'),
    anchored: of.boolean('anchored'),
    inEvent: of.boolean('inEvent'),
    gapIsLoss: of.boolean('gapIsLoss'),
    holdTicks: of.number('holdTicks'),
    starvedSamples: of.number('starvedSamples'),
    lateRun: of.number('lateRun'),
    latePackets: of.number('latePackets'),
    decoder: of.number('decoder'),
    delay: delayState(of.object('delay')),
    voice: voiceState(of.object('voice')),
    packets: of.list('packets').map((value) => {
      const packet = new Reader(value, 'packet');
      return {
        sequence: packet.number('sequence'),
        timestamp: packet.number('timestamp'),
        decoder: packet.number('decoder'),
        payload: packet.nullable('payload', () => packet.text('payload')),
      };
    }),
  };
}

function delayState(of: Reader): DelayState {
  return {
    now: of.number('now'),
    known: of.boolean('known'),
    base: of.number('base'),
    least: of.number('least'),
    most: of.number('most'),
    heard: of.boolean('heard'),
    ticksLeft: of.number('ticksLeft'),
    intervals: of.number('intervals'),
    targetMs: of.number('targetMs'),
    leasts: of.numbers('leasts'),
    weights: of.numbers('weights'),
  };
}

function voiceState(of: Reader): VoiceState {
  return {
    line: of.numbers('line'),
    conceal: of.nullable('conceal', () => concealState(of.object('conceal'))),
    gapSamples: of.number('gapSamples'),
    vain: of.number('vain'),
    concealedMs: of.number('concealedMs'),
    stretchedMs: of.number('stretchedMs'),
    droppedMs: of.number('droppedMs'),
  };
}

function concealState(of: Reader): ConcealState {
  return {
    made: of.number('made'),
    period: of.number('period'),
    periods: of.number('periods'),
    position: of.number('position'),
    step: of.number('step'),
    past: of.numbers('past'),
  };
}

/** The peer's pause; null: it does not pause, or did not in a snapshot of an earlier version. */
function noiseState(of: Reader): ComfortNoiseState | null {
  if (of.raw('reflection') === undefined) return null;
  return {
    reflection: of.numbers('reflection'),
    lattice: of.numbers('lattice'),
    targetGain: of.number('targetGain'),
    gain: of.number('gain'),
    seed: of.number('seed'),
  };
}

function dtmfReceiveState(of: Reader): DtmfReceiveState {
  return {
    event: of.number('event'),
    timestamp: of.number('timestamp'),
    durationUnits: of.number('durationUnits'),
    baseUnits: of.number('baseUnits'),
    silentMs: of.number('silentMs'),
    done: of.boolean('done'),
  };
}

function streamKeysState(of: Reader): StreamKeysState {
  const tones = of.object('tones');
  return {
    tones: {
      queue: tones.list('queue').map((value) => {
        const tone = new Reader(value, 'tone');
        return { key: tone.text('key'), onMs: tone.number('onMs'), offMs: tone.number('offMs') };
      }),
      positionMs: tones.number('positionMs'),
    },
    detector: of.nullable('detector', () => {
      const detector = of.object('detector');
      return {
        line: toneLineState(detector.object('line')),
        candidate: detector.number('candidate'),
        hits: detector.number('hits'),
        level: detector.number('level'),
        pressed: detector.number('pressed'),
        misses: detector.number('misses'),
        windows: detector.number('windows'),
      };
    }),
  };
}

function toneLineState(of: Reader): ToneLineState {
  return {
    plain: of.numbers('plain'),
    cleaned: of.numbers('cleaned'),
    filter: of.numbers('filter'),
    thinning: of.numbers('thinning'),
    filled: of.number('filled'),
    phase: of.number('phase'),
    dial: of.number('dial'),
    others: of.number('others'),
  };
}

function dtmfSendState(of: Reader): DtmfSendState {
  const phase = of.text('phase');
  if (phase !== 'idle' && phase !== 'pressed' && phase !== 'ending' && phase !== 'gap') throw bad(`phase ${phase}`);
  return {
    queue: of.list('queue').map((value): QueuedKey => {
      const key = new Reader(value, 'key');
      return { event: key.number('event'), durationMs: key.number('durationMs'), gapMs: key.number('gapMs') };
    }),
    phase,
    timestamp: of.number('timestamp'),
    elapsedUnits: of.number('elapsedUnits'),
    endsLeft: of.number('endsLeft'),
    gapLeftMs: of.number('gapLeftMs'),
  };
}

function receptionState(of: Reader): ReceptionState {
  return {
    packets: of.number('packets'),
    octets: of.number('octets'),
    duplicates: of.number('duplicates'),
    base: of.number('base'),
    highest: of.number('highest'),
    cycles: of.number('cycles'),
    sinceBase: of.number('sinceBase'),
    lostBefore: of.number('lostBefore'),
    jitter: of.number('jitter'),
    expectedAtReport: of.number('expectedAtReport'),
    lostAtReport: of.number('lostAtReport'),
    lossRuns: of.numberOr('lossRuns', 0),
    lostInRuns: of.numberOr('lostInRuns', 0),
  };
}

function senderState(of: Reader): SenderState {
  return {
    sequence: of.number('sequence'),
    timestamp: of.number('timestamp'),
    marker: of.boolean('marker'),
    packets: of.number('packets'),
    octets: of.number('octets'),
    errors: of.number('errors'),
    partial: of.numbers('partial'),
    partialFrames: of.numberOr('partialFrames', 0),
    collected: of.numbersOr('collected', []),
    pendingUnits: of.numberOr('pendingUnits', 0),
    dtmf: dtmfSendState(of.object('dtmf')),
  };
}

function rtcpState(of: Reader): RtcpState {
  return {
    nextInMs: of.number('nextInMs'),
    lastSr: of.number('lastSr'),
    sinceLastSrMs: of.number('sinceLastSrMs'),
    roundTripMs: of.nullable('roundTripMs', () => of.number('roundTripMs')),
    packetsAtReport: of.number('packetsAtReport'),
    srSsrc: of.numberOr('srSsrc', -1),
    isFirst: of.raw('isFirst') === true,
    remoteLossFraction: of.nullableOr('remoteLossFraction'),
    remoteJitter: of.nullableOr('remoteJitter'),
  };
}

function entryState(of: Reader): EntryState {
  return {
    started: of.boolean('started'),
    played: of.number('played'),
    position: of.number('position'),
    tap: of.raw('tap') ?? null,
  };
}
