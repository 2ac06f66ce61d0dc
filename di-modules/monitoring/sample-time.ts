import { CodedError, type DiValue, Double } from '../../core/index.ts';

/**
 * A time argument in Unix microseconds: SEMS's raw C `struct timeval` (16 bytes: seconds and
 * microseconds, 64 bit each, little-endian), or Unix seconds as a double.
 * @throws CodedError `rpc.wrongType`, naming `parameter`.
 */
export function parseSampleTime(value: DiValue, parameter: string): number {
  const micros = value instanceof Uint8Array ? fromTimeval(value) : fromSeconds(value);
  if (micros === null || !Number.isFinite(micros) || micros < 0 || micros > Number.MAX_SAFE_INTEGER)
    throw new CodedError(
      'rpc.wrongType',
      `${parameter}: expected a time: Unix seconds as a double, or a blob of 16 bytes (struct timeval)`,
    );
  return micros;
}

/** Is the argument a time, and not an Int? Both may stand in the same place (di-interfaces 5.1). */
export function isSampleTime(value: DiValue | undefined): boolean {
  if (value instanceof Uint8Array || value instanceof Double) return true;
  return typeof value === 'number' && !Number.isInteger(value);
}

function fromSeconds(value: DiValue): number | null {
  const seconds = value instanceof Double ? value.value : value;
  return typeof seconds === 'number' ? Math.round(seconds * 1e6) : null;
}

function fromTimeval(blob: Uint8Array): number | null {
  if (blob.length !== 16) return null;
  const view = new DataView(blob.buffer, blob.byteOffset, 16);
  return Number(view.getBigInt64(0, true)) * 1e6 + Number(view.getBigInt64(8, true));
}
