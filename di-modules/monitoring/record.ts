import type { DiStruct, DiValue } from '../../core/index.ts';
import type { Attributes } from './attributes.ts';

/** One table of attributes: normally a call (id = call tag), or any other thing that has a name. */
export interface MonitoringRecord {
  readonly id: string;
  /** Values are never changed in place, so that what was handed out stays as it was. */
  readonly attributes: Attributes;
  /** Unix ms since when it counts as finished; may lie in the future; 0: never. */
  finishedAtMs: number;
}

/** di-interfaces 5.1: a record is finished when `finished != 0 && finished <= now`. */
export function isFinished(record: MonitoringRecord, nowUnixMs: number): boolean {
  return record.finishedAtMs !== 0 && record.finishedAtMs <= nowUnixMs;
}

/** The attributes as a struct; null for a record that has none (SEMS: Undef). */
export function attributesOf(record: MonitoringRecord): DiStruct | null {
  return record.attributes.size === 0 ? null : Object.fromEntries(record.attributes);
}

/** An integer as a DI value: Int within 32 bits, LongLong beyond. */
export function toInteger(value: number | bigint): number | bigint {
  const big = BigInt(value);
  return BigInt.asIntN(32, big) === big ? Number(big) : BigInt.asIntN(64, big);
}

/** The value of a counter attribute: what is no integer counts as 0 (di-interfaces 5.1, `inc`). */
export function counterValue(value: DiValue | undefined): bigint {
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : 0n;
}
