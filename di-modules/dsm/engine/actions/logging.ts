import { type DsmAction, type DsmScript, type LogLevel, logLevels } from '../../../../core/index.ts';
import { parseUnsigned } from '../numbers.ts';

/** Longer texts are cut in the log. */
const maxText = 8192;

/** `@name` that every session knows (reference/dsm 2.1). */
export const selectNames = [
  'local_tag',
  'user',
  'domain',
  'remote_tag',
  'callid',
  'local_uri',
  'local_party',
  'remote_uri',
  'remote_party',
] as const;

const level = { name: 'level', kind: 'R', summary: '0 error, 1 warning, 2 info, 3 debug.' } as const;

/** Actions that write to the log (reference/dsm 4.3). */
export const loggingActions: readonly DsmAction[] = [
  {
    name: 'log',
    summary: 'Logs a value, with its source text where that is another.',
    form: '2P,',
    parameters: [level, { name: 'value', kind: 'L', summary: 'Resolved.' }],
    run(script, given, source) {
      const value = script.resolve(source);
      return writeAt(script, given, `${source === value ? '' : `${source} `}'${value}'`);
    },
  },
  {
    name: 'logs',
    summary: 'Logs a text in which $name, #name and @name are replaced.',
    form: '2P,',
    parameters: [level, { name: 'text', kind: 'T' }],
    run: (script, given, text) => writeAt(script, given, `'${text}'`),
  },
  textRow('dbg', 'debug'),
  textRow('info', 'info'),
  textRow('warn', 'warn'),
  textRow('error', 'error'),
  listRow('logVars', 'Logs all variables.', variables),
  listRow('logParams', 'Logs all parameters of the event.', parameters),
  listRow('logSelects', 'Logs the selects: @local_tag and the like.', selects),
  listRow('logAll', 'Logs variables, parameters and selects.', (script) => [
    ...variables(script),
    ...parameters(script),
    ...selects(script),
  ]),
];

function textRow(name: string, at: LogLevel): DsmAction {
  return {
    name,
    summary: `Logs a text at level ${at}; $name, #name and @name in it are replaced.`,
    form: '1P',
    parameters: [{ name: 'text', kind: 'T' }],
    run: (script, text) => write(script, at, `'${text}'`),
  };
}

function listRow(name: string, summary: string, list: (script: DsmScript) => string[]): DsmAction {
  return {
    name,
    summary,
    form: '1P',
    parameters: [level],
    run: (script, given) => writeAt(script, given, list(script).join(' ')),
  };
}

function variables(script: DsmScript): string[] {
  return script.variables.all().map(([name, value]) => `$${name}='${value}'`);
}

function parameters(script: DsmScript): string[] {
  return [...(script.parameters ?? [])].map(([name, value]) => `#${name}='${value}'`);
}

function selects(script: DsmScript): string[] {
  return selectNames.map((name) => `@${name}='${script.select(name)}'`);
}

function writeAt(script: DsmScript, given: string, text: string): undefined {
  const number = given === '' ? null : parseUnsigned(given);
  if (number === null) script.log.warn(`DSM: ${given.slice(0, 80)} is no log level`);
  else write(script, logLevels[Math.min(number, 3)] ?? 'debug', text);
}

function write({ log }: DsmScript, at: LogLevel, text: string): undefined {
  log[at](`FSM: ${text.length > maxText ? `${text.slice(0, maxText)}…` : text}`);
}
