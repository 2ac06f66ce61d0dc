const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** The CRC-32 of ITU V.42 over the first `length` bytes, as STUN's FINGERPRINT uses it (RFC 5389 15.5). */
export function crc32(bytes: Uint8Array, length = bytes.length): number {
  let crc = 0xffffffff;
  for (let at = 0; at < length; at++) crc = (table[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
