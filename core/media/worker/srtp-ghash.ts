/**
 * GHASH of AES-GCM (NIST SP 800-38D 6.4). Node can only make a cipher for each packet, which costs
 * more than all of the rest; so counter mode comes from the shared block cipher and the hash is here,
 * with a table of 256 bytes for a key (four bits at a time).
 */

/** What falls out at the right when a product moves by four bits, folded back in at the left. */
const folded = Int32Array.from({ length: 16 }, (_, bits) => {
  let sum = 0;
  for (let bit = 0; bit < 4; bit++) if ((bits & (1 << bit)) !== 0) sum ^= 0xe1000000 >>> (3 - bit);
  return sum;
});

export class Ghash {
  /** Multiples of the key by all polynomials of four bits, four words each. */
  readonly #table = new Int32Array(64);
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /** `key`: the block of zeros, encrypted. */
  constructor(key: Uint8Array) {
    const view = new DataView(key.buffer, key.byteOffset, 16);
    let [a, b, c, d] = [view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12)];
    const table = this.#table;
    // The leftmost bit of a byte is the lowest power: 8 stands for 1, 4 for x, 2 for x², 1 for x³.
    for (let index = 8; index > 0; index >>= 1) {
      table.set([a, b, c, d], index * 4);
      const carry = d & 1;
      d = (d >>> 1) | (c << 31);
      c = (c >>> 1) | (b << 31);
      b = (b >>> 1) | (a << 31);
      a = (a >>> 1) ^ (carry === 0 ? 0 : 0xe1000000);
    }
    for (let index = 2; index < 16; index *= 2) {
      for (let low = 1; low < index; low++) {
        for (let word = 0; word < 4; word++) {
          table[(index + low) * 4 + word] = (table[index * 4 + word] as number) ^ (table[low * 4 + word] as number);
        }
      }
    }
  }

  start(): void {
    this.#a = 0;
    this.#b = 0;
    this.#c = 0;
    this.#d = 0;
  }

  /** `bytes[from..to)`, filled up with zeros to whole blocks. */
  update(bytes: Uint8Array, from: number, to: number): void {
    const whole = from + ((to - from) & ~15);
    this.#blocks(bytes, from, whole);
    if (whole === to) return;
    rest.fill(0);
    for (let i = 0, at = whole; at < to; i++, at++) rest[i] = bytes[at] as number;
    this.#blocks(rest, 0, 16);
  }

  /** The lengths (bytes) of what was authenticated and encrypted; the sum goes into `out`. */
  finish(aadBytes: number, textBytes: number, out: Uint8Array): void {
    rest.fill(0);
    write(rest, 4, aadBytes * 8);
    write(rest, 12, textBytes * 8);
    this.#blocks(rest, 0, 16);
    write(out, 0, this.#a);
    write(out, 4, this.#b);
    write(out, 8, this.#c);
    write(out, 12, this.#d);
  }

  /** Each block is added to the sum, and the sum multiplied by the key. The sum is in locals meanwhile. */
  #blocks(bytes: Uint8Array, from: number, to: number): void {
    const table = this.#table;
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let d = this.#d;
    for (let at = from; at < to; at += 16) {
      block[0] = a ^ word(bytes, at);
      block[1] = b ^ word(bytes, at + 4);
      block[2] = c ^ word(bytes, at + 8);
      block[3] = d ^ word(bytes, at + 12);
      a = 0;
      b = 0;
      c = 0;
      d = 0;
      for (let part = 3; part >= 0; part--) {
        let bits = block[part] as number;
        for (let nibble = 0; nibble < 8; nibble++) {
          const fold = folded[d & 15] as number;
          const entry = (bits & 15) << 2;
          d = ((d >>> 4) | (c << 28)) ^ (table[entry + 3] as number);
          c = ((c >>> 4) | (b << 28)) ^ (table[entry + 2] as number);
          b = ((b >>> 4) | (a << 28)) ^ (table[entry + 1] as number);
          a = (a >>> 4) ^ fold ^ (table[entry] as number);
          bits >>>= 4;
        }
      }
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }
}

const block = new Int32Array(4);
const rest = new Uint8Array(16);

function word(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

function write(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = (value >>> 16) & 0xff;
  bytes[at + 2] = (value >>> 8) & 0xff;
  bytes[at + 3] = value & 0xff;
}
