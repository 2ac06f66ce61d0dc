/**
 * G.711 by tables, written for the phones alone: what checks the server must not be the server's
 * own code (ITU-T G.711; the values are those of its tables 1a and 2a).
 */
export type Law = 'PCMU' | 'PCMA';

const decoded: Record<Law, Int16Array> = { PCMU: new Int16Array(256), PCMA: new Int16Array(256) };
const encoded: Record<Law, Uint8Array> = { PCMU: new Uint8Array(65536), PCMA: new Uint8Array(65536) };

for (let code = 0; code < 256; code++) {
  decoded.PCMU[code] = muLawValue(code);
  decoded.PCMA[code] = aLawValue(code);
}
for (const law of ['PCMU', 'PCMA'] as const) fillEncoder(law);

export function decodeG711(law: Law, payload: Uint8Array, samples: Int16Array, at = 0): void {
  const table = decoded[law];
  for (let i = 0; i < payload.length; i++) samples[at + i] = table[payload[i] ?? 0] ?? 0;
}

export function encodeG711(law: Law, samples: Int16Array): Uint8Array {
  const table = encoded[law];
  return Uint8Array.from(samples, (sample) => table[sample + 32768] ?? 0);
}

function muLawValue(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return (bits & 0x80) !== 0 ? -magnitude : magnitude;
}

function aLawValue(code: number): number {
  const bits = code ^ 0x55;
  const exponent = (bits & 0x70) >> 4;
  const mantissa = ((bits & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return (bits & 0x80) !== 0 ? magnitude : -magnitude;
}

/** Each value gets the code whose value is nearest: codes sorted by value, boundaries half way. */
function fillEncoder(law: Law): void {
  const order = Array.from({ length: 256 }, (_, code) => code).sort(
    (a, b) => (decoded[law][a] ?? 0) - (decoded[law][b] ?? 0),
  );
  let at = 0;
  for (let value = -32768; value <= 32767; value++) {
    const distance = (index: number): number => Math.abs((decoded[law][order[index] ?? 0] ?? 0) - value);
    while (at + 1 < order.length && distance(at + 1) <= distance(at)) at++;
    encoded[law][value + 32768] = order[at] ?? 0;
  }
}
