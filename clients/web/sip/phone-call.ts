/** One call of this page, from the click to its end. */
import { type Signal, signal } from '@preact/signals';
import type { UA } from 'jssip';
import { bus } from '../bus/index.ts';
import { every, nowMs } from '../shell/index.ts';
import { meter, type Speaker, silence, unlockAudio } from './audio.ts';
import type { OwnDevices } from './devices.ts';
import { type EndCause, endingOf } from './endings.ts';
import { openMicrophone } from './microphone.ts';
import { type Session, startSession } from './session.ts';
import { readStats, type StatsCounts, type StatsReport } from './statistics.ts';
import { sipTarget } from './target.ts';
import type { CallQuality, DialOptions, Ending, PhoneCall, PhoneCallState } from './types.ts';

export interface PhoneCallOptions extends DialOptions {
  readonly devices: OwnDevices;
  readonly speaker: Speaker;
  /** The user agent when its WebSocket stands; null: it does not in time. */
  readonly agent: () => Promise<UA | null>;
  /** Runs now if the WebSocket stands, else when it does. */
  readonly onceOnline: (run: () => void) => void;
}

/** A call as its line has it. */
export interface OwnCall extends PhoneCall {
  /** The WebSocket stands again: the server is told our new address. */
  onLineBack(): void;
  /** The chosen microphone changed. */
  changeMicrophone(): Promise<void>;
}

const statsMs = 2000;
/** RFC 4733 events, ms. */
const keyMs = 160;
const keyGapMs = 60;

/** From a click. */
export function startPhoneCall(target: string, options: PhoneCallOptions): OwnCall {
  const { devices, speaker, agent, onceOnline, headers = [], displayName = '', listenOnly = false } = options;
  unlockAudio();
  const state = signal<PhoneCallState>('microphone');
  const remoteTag = signal<string | null>(null);
  const [levelIn, levelOut] = [signal(0), signal(0)];
  const [muted, held] = [signal(false), signal(false)];
  const quality = signal<CallQuality | null>(null);
  const seconds = signal(0);
  const ending = signal<Ending | null>(null);
  let session: Session | null = null;
  let microphone: MediaStream | null = null;
  /** Undone at the end. */
  const undo: (() => void)[] = [];
  let stopMicrophoneMeter = (): void => {};

  function end(cause: EndCause): void {
    if (state.peek() === 'ended') return;
    ending.value = endingOf(cause);
    state.value = 'ended';
    for (const step of undo.splice(0)) step();
    stopMicrophoneMeter();
    stopTracks(microphone);
    speaker.stop();
    held.value = false;
  }
  const isOver = (): boolean => state.peek() === 'ended';

  async function start(): Promise<void> {
    const uri = sipTarget(target, location.hostname);
    if (uri === null) return end({ kind: 'badTarget', typed: target });
    try {
      microphone = listenOnly ? silence() : await openMicrophone(devices);
    } catch (fault) {
      return end({ kind: 'microphone', name: fault instanceof DOMException ? fault.name : String(fault) });
    }
    if (isOver()) return stopTracks(microphone);
    useMicrophone(microphone);
    state.value = 'calling';
    const ua = await agent();
    if (isOver()) return;
    if (ua === null) return end({ kind: 'lineLost' });
    try {
      session = startSession(ua, { target: uri, stream: microphone, headers, displayName }, listener);
    } catch (fault) {
      return end({ kind: 'other', text: fault instanceof Error ? fault.message : String(fault) });
    }
  }

  const listener = {
    onProgress(status: number, tag: string | null): void {
      remoteTag.value ??= tag;
      if (state.peek() === 'calling' && status >= 180) state.value = 'ringing';
    },
    onAnswer(tag: string | null): void {
      remoteTag.value = tag ?? remoteTag.peek();
      if (isOver()) return;
      state.value = session?.connection.connectionState === 'connected' ? 'talking' : 'connecting';
      const sinceMs = nowMs();
      undo.push(
        every(1000, () => {
          seconds.value = Math.floor((nowMs() - sinceMs) / 1000);
        }),
      );
      watchQuality();
    },
    onConnected(): void {
      if (state.peek() === 'connecting') state.value = 'talking';
    },
    onStream(stream: MediaStream): void {
      undo.push(meter(stream, levelIn));
      void speaker.play(stream, devices.speaker.peek());
    },
    onEnd: end,
  };

  function useMicrophone(stream: MediaStream): void {
    stopMicrophoneMeter();
    stopMicrophoneMeter = meter(stream, levelOut);
    for (const track of stream.getAudioTracks()) track.enabled = !muted.peek();
  }

  /** What the browser measures, every two seconds, with what the server tells of what it hears. */
  function watchQuality(): void {
    let mosAtServer: number | null = null;
    let before: StatsCounts | null = null;
    const call = remoteTag.peek();
    if (call !== null) {
      undo.push(
        bus.subscribe('call.quality', { call }, ({ payload }) => {
          mosAtServer = payload.mos;
        }),
      );
    }
    undo.push(
      every(statsMs, () => {
        void session?.connection.getStats().then((reports) => {
          const list: StatsReport[] = [];
          reports.forEach((report: StatsReport) => {
            list.push(report);
          });
          const reading = readStats(list, before, mosAtServer);
          if (reading === null || isOver()) return;
          before = reading.counts;
          quality.value = reading.quality;
        });
      }),
    );
  }

  void start();
  return {
    target,
    state,
    remoteTag,
    levelIn,
    levelOut,
    muted,
    held,
    quality,
    seconds,
    ending,
    hangUp() {
      // Without a line the sound ends now, and the server is told when there is one.
      onceOnline(() => session?.hangUp());
      // JsSIP tells of it, unless there was nothing to end yet.
      end({ kind: 'hungUp', byUs: true, reason: '' });
    },
    mute(on = !muted.peek()) {
      muted.value = on;
      setEnabled(microphone, !on);
    },
    hold: (on = !held.peek()) => void changeHold(session, held, on),
    sendKey(key) {
      const sender = session?.connection.getSenders().find(({ dtmf }) => dtmf?.canInsertDTMF === true);
      sender?.dtmf?.insertDTMF(`${sender.dtmf.toneBuffer}${key}`, keyMs, keyGapMs);
    },
    async transfer(to) {
      const uri = sipTarget(to, location.hostname);
      if (uri === null) throw new Error(endingSentence({ kind: 'badTarget', typed: to }));
      if (session === null) throw new Error('There is no call to transfer.');
      await session.refer(uri);
      session.hangUp();
      end({ kind: 'hungUp', byUs: true, reason: '' });
    },
    onLineBack: () => session?.refresh(),
    async changeMicrophone() {
      if (microphone === null || isOver() || listenOnly) return;
      const next = await openMicrophone(devices);
      const [track = null] = next.getAudioTracks();
      await session?.connection.getSenders()[0]?.replaceTrack(track);
      stopTracks(microphone);
      microphone = next;
      useMicrophone(next);
    },
  };
}

async function changeHold(session: Session | null, held: Signal<boolean>, on: boolean): Promise<void> {
  if (session === null || held.peek() === on) return;
  const before = held.peek();
  held.value = on;
  if (!(await session.hold(on))) held.value = before;
}

function setEnabled(stream: MediaStream | null, enabled: boolean): void {
  for (const track of stream?.getAudioTracks() ?? []) track.enabled = enabled;
}

function stopTracks(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

function endingSentence(cause: EndCause): string {
  const { what, advice } = endingOf(cause);
  return `${what} ${advice}`;
}
