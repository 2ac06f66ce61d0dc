import { createRequire } from 'node:module';
import type Pino from 'pino';
import { LineWriter } from './line-writer.ts';
import {
  isLogged,
  type Log,
  type LogControl,
  type LogFields,
  type LogLevel,
  type LogScope,
  rootScope,
  scopeWith,
} from './log.ts';

export interface LogOptions {
  readonly level: LogLevel;
  /** Levels of components. */
  readonly levels?: { readonly [component: string]: LogLevel };
  /** `auto`: text when standard error is a terminal, JSON lines else. */
  readonly format: 'auto' | 'text' | 'json';
  /** Where lines go; default: standard error. */
  readonly write?: (line: string) => void;
}

/**
 * The root log and the switches of its levels, which all children follow. JSON lines have `time`
 * (ISO 8601), `level`, the bound fields and `msg`.
 */
export function createLog(options: LogOptions): { readonly log: Log; readonly control: LogControl } {
  const asText = options.format === 'text' || (options.format === 'auto' && process.stderr.isTTY === true);
  const writer = options.write === undefined ? new LineWriter(2) : null;
  const write = options.write ?? ((line: string) => writer?.write(line));
  // Loaded here: threads import this file too and have no log of their own.
  const pino: typeof Pino = createRequire(import.meta.url)('pino');
  const sink = pino(
    {
      level: 'debug', // filtered here, so that children follow the switch too
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: asText ? (line: string) => write(textLine(line)) : write },
  );
  const control: LogControl = {
    level: options.level,
    components: new Map(Object.entries(options.levels ?? {})),
    calls: new Map(),
  };
  return { log: makeLog(() => sink, control, rootScope), control };
}

/** @param sink made when the first line is written: a child of pino costs microseconds, and most calls write nothing. */
function makeLog(sink: () => Pino.Logger, control: LogControl, scope: LogScope): Log {
  let made: Pino.Logger | null = null;
  const target = (): Pino.Logger => {
    made ??= sink();
    return made;
  };
  const write =
    (level: LogLevel) =>
    (message: string, fields?: LogFields): void => {
      if (!isLogged(control, level, scope)) return;
      if (fields === undefined) target()[level](message);
      else target()[level](fields, message);
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => makeLog(() => target().child(fields), control, scopeWith(scope, fields)),
  };
}

/** `12:30:05.123 warn  the message  call=4f2a peer="10.0.0.1:5060"` */
export function textLine(json: string): string {
  const entry: unknown = JSON.parse(json);
  if (typeof entry !== 'object' || entry === null) return json;
  const { time, level, msg, ...fields } = entry as { [key: string]: unknown };
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${fieldText(value)}`);
  return `${[String(time).slice(11, 23), String(level).padEnd(5), oneLine(String(msg)), ...shown].join(' ')}\n`;
}

function fieldText(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:@/+[\]-]+$/.test(value)) return value;
  return oneLine(JSON.stringify(value) ?? 'undefined');
}

/** Outside text must not forge lines, move a terminal's cursor or turn the direction of what is shown. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, escaped);
}

/** `\n`, `\u009b`: as JSON writes it, which leaves all from U+007F on as they are. */
function escaped(character: string): string {
  return character < '\u0020'
    ? JSON.stringify(character).slice(1, -1)
    : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
