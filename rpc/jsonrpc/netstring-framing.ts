/**
 * Netstrings (di-interfaces 4.1): decimal byte length, `:`, payload, `,`. Nothing stands between two.
 *
 *     47:{"jsonrpc":"2.0","method":"core.calls","id":12},
 */
import { CodedError } from '../../core/runtime/index.ts';

const zero = 0x30;
const colon = 0x3a;
const comma = 0x2c;
const maxLengthDigits = 10;

export interface NetstringReader {
  /**
   * The payloads that are complete with `bytes`; empty ones (`0:,` keeps a connection alive) are left out.
   * @throws CodedError `rpc.invalidRequest` or `rpc.tooLarge`: the stream cannot be read on.
   */
  push(bytes: Uint8Array): string[];
  /** Something has come of a frame that is not whole. */
  readonly isPartial: boolean;
}

export function createNetstringReader(maxPayloadBytes: number): NetstringReader {
  let chunks: Uint8Array[] = [];
  let waiting = 0;
  /** Bytes of the frame under way, from its first digit to its comma; null: the length is not known yet. */
  let frameBytes: number | null = null;
  let headerBytes = 0;

  function readHeader(buffer: Buffer): void {
    let length = 0;
    let at = 0;
    for (; at < buffer.length && at <= maxLengthDigits; at++) {
      const digit = (buffer[at] ?? 0) - zero;
      if (digit < 0 || digit > 9) break;
      length = 10 * length + digit;
    }
    const isWhole = at < buffer.length;
    if (at > maxLengthDigits || (isWhole && (at === 0 || buffer[at] !== colon))) {
      const end = buffer.indexOf(colon);
      const given = buffer.toString('latin1', 0, end === -1 ? buffer.length : end).slice(0, 12);
      throw new CodedError('rpc.invalidRequest', `netstring: ${JSON.stringify(given)} is not a length`);
    }
    if (!isWhole) return;
    if (length > maxPayloadBytes)
      throw new CodedError('rpc.tooLarge', `netstring: ${length} bytes, more than ${maxPayloadBytes}`);
    headerBytes = at + 1;
    frameBytes = headerBytes + length + 1;
  }

  return {
    get isPartial() {
      return waiting > 0;
    },
    push(bytes) {
      const payloads: string[] = [];
      chunks.push(bytes);
      waiting += bytes.length;
      // Chunks are joined only when a frame can be complete: a slow sender costs no copies.
      while (waiting > 0 && (frameBytes === null || waiting >= frameBytes)) {
        const buffer: Buffer = chunks.length === 1 && Buffer.isBuffer(chunks[0]) ? chunks[0] : Buffer.concat(chunks);
        if (frameBytes === null) readHeader(buffer);
        if (frameBytes === null || waiting < frameBytes) {
          chunks = [buffer];
          break;
        }
        if (buffer[frameBytes - 1] !== comma)
          throw new CodedError('rpc.invalidRequest', 'netstring: no comma after the payload');
        if (frameBytes - 1 > headerBytes) payloads.push(buffer.toString('utf8', headerBytes, frameBytes - 1));
        waiting -= frameBytes;
        chunks = waiting === 0 ? [] : [buffer.subarray(frameBytes)];
        frameBytes = null;
      }
      return payloads;
    },
  };
}

export function netstring(text: string): Uint8Array {
  return Buffer.from(`${Buffer.byteLength(text)}:${text},`);
}
