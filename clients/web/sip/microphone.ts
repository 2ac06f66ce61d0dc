import type { OwnDevices } from './devices.ts';

/** The microphone's stream. @throws DOMException-like with a `name` that `endingOf` knows. */
export async function openMicrophone(devices: OwnDevices): Promise<MediaStream> {
  const media = navigator.mediaDevices as MediaDevices | undefined;
  // Browsers hide it from pages that are not encrypted, but for those of the own machine.
  if (media === undefined) throw new DOMException('no microphone on a page that is not encrypted', 'InsecureContext');
  try {
    return await media.getUserMedia(devices.constraints());
  } catch (fault) {
    // The chosen one was pulled out: any other.
    if (!(fault instanceof DOMException) || fault.name !== 'OverconstrainedError' || devices.microphone.value === '')
      throw fault;
    devices.chooseMicrophone('');
    return media.getUserMedia(devices.constraints());
  } finally {
    // Names of the devices are told only now.
    void devices.refresh();
  }
}
