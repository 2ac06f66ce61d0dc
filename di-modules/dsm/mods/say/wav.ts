/**
 * A program that writes WAV to a pipe cannot go back to tell its length and puts a huge one: here with the lengths
 * that it really has.
 */
export function finishedWav(bytes: Uint8Array): Uint8Array {
  const wav = Buffer.from(bytes);
  if (wav.length < 12 || wav.toString('latin1', 0, 4) !== 'RIFF') return wav;
  wav.writeUInt32LE(wav.length - 8, 4);
  for (let at = 12; at + 8 <= wav.length; ) {
    const length = wav.readUInt32LE(at + 4);
    const rest = wav.length - at - 8;
    if (wav.toString('latin1', at, at + 4) === 'data') {
      wav.writeUInt32LE(Math.min(length, rest), at + 4);
      return wav;
    }
    at += 8 + length + (length % 2);
  }
  return wav;
}
