/** Microphones and speakers: what there is, and what was chosen for this browser. */
import { signal } from '@preact/signals';
import { remembered } from '../shell/index.ts';
import type { Device, Devices } from './types.ts';

export interface OwnDevices extends Devices {
  /** Of getUserMedia, for the chosen microphone. */
  constraints(): MediaStreamConstraints;
}

/** `off` leaves the sound as it is: for music, and for measuring. */
const processing = remembered('processing');

export function createDevices(): OwnDevices {
  const keptMicrophone = remembered('microphone');
  const keptSpeaker = remembered('speaker');
  const microphones = signal<readonly Device[]>([]);
  const speakers = signal<readonly Device[]>([]);
  const microphone = signal(keptMicrophone.get());
  const speaker = signal(keptSpeaker.get());
  // Absent on pages that are not encrypted.
  const media = navigator.mediaDevices as MediaDevices | undefined;

  async function refresh(): Promise<void> {
    const all = (await media?.enumerateDevices().catch(() => [])) ?? [];
    microphones.value = named(all, 'audioinput', 'Microphone');
    speakers.value = named(all, 'audiooutput', 'Speaker');
    // What was pulled out is no longer the choice.
    if (microphones.value.length > 0 && !has(microphones.value, microphone.value)) microphone.value = '';
    if (speakers.value.length > 0 && !has(speakers.value, speaker.value)) speaker.value = '';
  }
  media?.addEventListener('devicechange', () => void refresh());
  void refresh();

  return {
    microphones,
    speakers,
    microphone,
    speaker,
    refresh,
    chooseMicrophone(id) {
      microphone.value = id;
      keptMicrophone.set(id);
    },
    chooseSpeaker(id) {
      speaker.value = id;
      keptSpeaker.set(id);
    },
    constraints() {
      const isProcessed = processing.get() !== 'off';
      return {
        video: false,
        audio: {
          ...(microphone.value === '' ? {} : { deviceId: { exact: microphone.value } }),
          echoCancellation: isProcessed,
          noiseSuppression: isProcessed,
          autoGainControl: isProcessed,
        },
      };
    },
  };
}

const has = (devices: readonly Device[], id: string): boolean => id === '' || devices.some((one) => one.id === id);

/** Before the microphone was allowed once, browsers give neither ids nor names. */
function named(all: readonly MediaDeviceInfo[], kind: MediaDeviceKind, word: string): Device[] {
  return all
    .filter((device) => device.kind === kind && device.deviceId !== '' && device.deviceId !== 'default')
    .map(({ deviceId, label }, index) => ({ id: deviceId, name: label === '' ? `${word} ${index + 1}` : label }));
}
