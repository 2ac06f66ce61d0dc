/** The calls of a server as rows: from a list, kept up to date by its events. Pure; time comes in. */
import { isRecord } from '../../runtime/index.ts';
import { safeText, tableText } from './print.ts';
import type { ServerEvent } from './server.ts';
import type { Style } from './style.ts';

export interface CallRow {
  readonly call: string;
  readonly direction: string;
  readonly state: 'started' | 'ringing' | 'answered' | 'ended';
  readonly from: string;
  readonly to: string;
  readonly application: string;
  readonly codec: string;
  /** Unix time, ms; 0: not known. */
  readonly startedAtMs: number;
  readonly answeredAtMs: number | null;
  /** E-model, 1 to 4.5, of the last interval. */
  readonly mos: number | null;
  /** How it ended. */
  readonly end: string;
}

/** A row of `call.list`, or null. */
export function readCall(value: unknown): CallRow | null {
  if (!isRecord(value)) return null;
  const call = text(value['call'] ?? value['tag'] ?? value['id']);
  if (call === '') return null;
  const answeredAtMs = time(value['answeredAtMs']);
  const told = text(value['state']);
  const state = answeredAtMs !== null ? 'answered' : /ring|early|progress/i.test(told) ? 'ringing' : 'started';
  return {
    call,
    direction: text(value['direction']),
    state,
    from: text(value['from']),
    to: text(value['ruri']) || text(value['to']),
    application: text(value['application']),
    codec: text(value['codec']),
    startedAtMs: time(value['startedAtMs']) ?? 0,
    answeredAtMs,
    mos: typeof value['mos'] === 'number' ? value['mos'] : null,
    end: '',
  };
}

/** The events that change rows. */
export const callEvents = ['call.started', 'call.ringing', 'call.answered', 'call.quality', 'call.ended'] as const;

/** Rows by tag after one more event. Ended ones stay; `withoutEnded` removes them. */
export function applyEvent(rows: Map<string, CallRow>, { name, payload }: ServerEvent): void {
  const call = text(payload['call']);
  if (call === '') return;
  const known = rows.get(call);
  if (name === 'call.started') {
    const row = readCall(payload);
    if (row !== null) rows.set(call, row);
    return;
  }
  const row = known ?? readCall(payload);
  if (row === null) return;
  switch (name) {
    case 'call.ringing':
      rows.set(call, { ...row, state: 'ringing' });
      break;
    case 'call.answered':
      rows.set(call, {
        ...row,
        state: 'answered',
        codec: text(payload['codec']),
        answeredAtMs: time(payload['answeredAtMs']),
      });
      break;
    case 'call.quality':
      rows.set(call, { ...row, mos: typeof payload['mos'] === 'number' ? payload['mos'] : row.mos });
      break;
    case 'call.ended': {
      const status = typeof payload['status'] === 'number' ? payload['status'] : 0;
      const end = `${status} ${text(payload['reason'])}, by ${text(payload['endedBy'])}`;
      rows.set(call, { ...row, state: 'ended', end });
      break;
    }
  }
}

const columns = ['CALL', 'STATE', 'TIME', 'APPLICATION', 'FROM', 'TO', 'CODEC', 'MOS'];

/** The table; a line for no calls. `width`: columns of the terminal, 0: unbounded. */
export function callTable(rows: readonly CallRow[], nowMs: number, style: Style): string {
  if (rows.length === 0) return style.dim('no calls\n');
  const lines = rows.map((row) => [
    safeText(row.call),
    row.state === 'ended' ? `ended ${row.end}` : `${arrow(row.direction)}${row.state}`,
    row.startedAtMs === 0 ? '' : duration(nowMs - (row.answeredAtMs ?? row.startedAtMs)),
    row.application,
    shortUri(row.from),
    shortUri(row.to),
    row.codec,
    row.mos === null ? '' : row.mos.toFixed(1),
  ]);
  const [head = '', ...body] = tableText(
    columns,
    lines.map((line) => line.map((cell) => safeText(cell))),
  ).split('\n');
  const painted = body.map((line, i) => paintLine(rows[i], line, style));
  return [style.bold(head), ...painted].join('\n');
}

function paintLine(row: CallRow | undefined, line: string, style: Style): string {
  if (row?.state === 'ended') return style.dim(line);
  if (row?.state === 'answered') return row.mos !== null && row.mos < 3 ? style.bad(line) : style.good(line);
  return row === undefined ? line : style.notice(line);
}

const arrow = (direction: string): string => (direction === 'in' ? '← ' : direction === 'out' ? '→ ' : '');

/** `"Bob" <sip:bob@example.org;x=y>;tag=1` is `bob@example.org`. */
export function shortUri(value: string): string {
  const [, uri = value] = /<([^>]*)>/.exec(value) ?? [];
  return uri
    .replace(/^sips?:/i, '')
    .replace(/[;?].*$/s, '')
    .slice(0, 40);
}

/** `1:05`, `2:03:04`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const time = (value: unknown): number | null => (typeof value === 'number' && value > 0 ? value : null);
