import type { CallRecord } from '../record.ts';
import { jsonText } from '../store.ts';

/** Columns of CSV and SQL: name there and member of the record. */
export const columns = [
  ['id', 'id'],
  ['call_tag', 'call'],
  ['trace_id', 'trace'],
  ['sip_call_id', 'sipCallId'],
  ['direction', 'direction'],
  ['application', 'application'],
  ['from_value', 'from'],
  ['to_value', 'to'],
  ['ruri', 'ruri'],
  ['number', 'number'],
  ['account', 'account'],
  ['tariff', 'tariff'],
  ['data', 'data'],
  ['started_at_ms', 'startedAtMs'],
  ['answered_at_ms', 'answeredAtMs'],
  ['ended_at_ms', 'endedAtMs'],
  ['talk_ms', 'talkMs'],
  ['billed_seconds', 'billedSeconds'],
  ['currency', 'currency'],
  ['charge_micro', 'chargeMicro'],
  ['status', 'status'],
  ['reason', 'reason'],
  ['ended_by', 'endedBy'],
  ['cause', 'cause'],
  ['codec', 'codec'],
  ['packets_lost', 'packetsLost'],
  ['jitter_ms', 'jitterMs'],
  ['mos', 'mos'],
] as const satisfies readonly (readonly [column: string, member: keyof CallRecord])[];

/** A member as a value of a column: whole milliseconds, `data` as JSON. */
export function columnValue(record: CallRecord, member: keyof CallRecord): string | number | null {
  const value = record[member];
  if (value === null || typeof value === 'string') return value;
  if (member === 'data') return jsonText(value);
  if (typeof value !== 'number') return jsonText(value);
  return member === 'jitterMs' || member === 'mos' ? value : Math.round(value);
}

export const jsonLine = (record: CallRecord): string => `${jsonText(record)}\n`;

export const csvHeader = `${columns.map(([name]) => name).join(',')}\r\n`;

/** RFC 4180: texts in quotes, a quote doubled; null is empty. */
export function csvLine(record: CallRecord): string {
  const cells = columns.map(([, member]) => {
    const value = columnValue(record, member);
    return typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : String(value ?? '');
  });
  return `${cells.join(',')}\r\n`;
}
