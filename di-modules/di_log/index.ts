/** The last messages of the log, over RPC: SEMS's `di_log` (di-interfaces 5.5). */
import { resolve } from 'node:path';
import { defineModule, textLine } from '../../core/index.ts';
import { DiLogConfigSchema } from './config.ts';
import { type DiLogState, functions } from './functions.ts';
import { cutText, TextRing } from './ring.ts';

export const diLog = defineModule({
  name: 'di_log',
  summary: 'The last messages of the log.',
  config: DiLogConfigSchema,
  functions,
  start({ config, clock, files, dataPath, onLogLine }): DiLogState {
    const ring = new TextRing(config.messages);
    onLogLine((level, msg, fields) => {
      const line = textLine(jsonOf({ time: new Date(clock.unixMs()).toISOString(), level, msg, ...fields }));
      ring.push(`${cutText(line.trimEnd(), config.message_bytes)}\n`);
    });
    return { ring, files, directory: config.directory === '' ? dataPath : resolve(config.directory) };
  },
});

/** What is no JSON (a bigint, a cycle) is shown as text. */
function jsonOf(fields: { readonly [name: string]: unknown }): string {
  try {
    return JSON.stringify(fields, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  } catch {
    const { time, level, msg } = fields;
    return JSON.stringify({ time, level, msg });
  }
}
