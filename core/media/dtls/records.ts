/**
 * The record layer of DTLS 1.2 (RFC 6347 4.1), as far as what comes from outside is looked at before
 * anything else sees it.
 *
 *     type(1) version(2) epoch(2) sequence(6) length(2) fragment(length)
 */
export const contentTypes = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

export interface DtlsRecord {
  readonly contentType: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly fragment: Buffer;
  /** The whole of it, header and all. */
  readonly bytes: Buffer;
}

const headerBytes = 13;
/** "The length MUST NOT exceed 2^14 + 2048" once protected (RFC 5246 6.2.3). */
const maxFragmentBytes = 2 ** 14 + 2048;
const version12 = 0xfefd;
const version10 = 0xfeff;

/**
 * The records of a datagram. "Invalid records SHOULD be silently discarded" (RFC 6347 4.1.2.7): what is
 * behind one with a wrong length cannot be told apart and goes with it.
 */
export function readRecords(datagram: Uint8Array): readonly DtlsRecord[] {
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const records: DtlsRecord[] = [];
  let at = 0;
  while (bytes.length - at >= headerBytes) {
    const contentType = bytes.readUInt8(at);
    const version = bytes.readUInt16BE(at + 1);
    const length = bytes.readUInt16BE(at + 11);
    const end = at + headerBytes + length;
    // The first ClientHello may come in a record of version 1.0. A record of version 1.3 has another form (RFC 9147 4).
    const isKnown = contentType >= 20 && contentType <= 23 && (version === version12 || version === version10);
    if (!isKnown || length > maxFragmentBytes || end > bytes.length) break;
    records.push({
      contentType,
      epoch: bytes.readUInt16BE(at + 3),
      sequence: bytes.readUIntBE(at + 5, 6),
      fragment: bytes.subarray(at + headerBytes, end),
      bytes: bytes.subarray(at, end),
    });
    at = end;
  }
  return records;
}

/** A record of version 1.2 around what is already protected, or needs none. */
export function writeRecord(record: Omit<DtlsRecord, 'bytes' | 'fragment'> & { fragment: Uint8Array }): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt8(record.contentType, 0);
  header.writeUInt16BE(version12, 1);
  header.writeUInt16BE(record.epoch, 3);
  header.writeUIntBE(record.sequence, 5, 6);
  header.writeUInt16BE(record.fragment.length, 11);
  return Buffer.concat([header, record.fragment]);
}
