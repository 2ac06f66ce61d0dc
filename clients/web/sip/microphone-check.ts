import type { Signal } from '@preact/signals';
import { meter } from './audio.ts';
import type { OwnDevices } from './devices.ts';
import { endingOf } from './endings.ts';
import { openMicrophone } from './microphone.ts';

/** Writes the level of the chosen microphone into a signal; the result ends it. Rejects with a sentence. */
export async function checkMicrophone(devices: OwnDevices, level: Signal<number>): Promise<() => void> {
  let stream: MediaStream;
  try {
    stream = await openMicrophone(devices);
  } catch (fault) {
    const { what, advice } = endingOf({
      kind: 'microphone',
      name: fault instanceof Error ? fault.name : String(fault),
    });
    throw new Error(`${what} ${advice}`);
  }
  const stopMeter = meter(stream, level);
  return () => {
    stopMeter();
    for (const track of stream.getTracks()) track.stop();
  };
}
