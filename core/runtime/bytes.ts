/** The first `length` bytes in memory of their own. (`slice` of a Node `Buffer` is a view, not a copy.) */
export function copyBytes(bytes: Uint8Array, length = bytes.length): Uint8Array {
  const copy = new Uint8Array(length);
  copy.set(length === bytes.length ? bytes : bytes.subarray(0, length));
  return copy;
}
