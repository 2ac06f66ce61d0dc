/** What shall happen in a simulated call: `calls.yaml`, read and checked. */
import { CodedError, type DiValue, readYaml, toDi } from '../../../../core/index.ts';
import type { PhoneManners } from './phone.ts';

export type Values = { readonly [name: string]: string };

export interface Expectation {
  /** `STATE` or `diagram/STATE`. */
  readonly state: string | null;
  /** `silence`, `440 Hz`, or an audio file. */
  readonly heard: string | null;
  readonly variables: Values;
  /** True: the phone's call is over; a number: it was refused with that status. */
  readonly ended: boolean | number | null;
  /** A call came to the phone. */
  readonly called: boolean;
  /** Files that the script wrote. */
  readonly written: string | null;
  readonly withinS: number;
}

export type Deed =
  | { readonly kind: 'call'; readonly to: string; readonly headers: Values }
  | { readonly kind: 'press'; readonly keys: string }
  | { readonly kind: 'say'; readonly what: string; readonly repeats: boolean }
  | { readonly kind: 'answer' | 'hangup' | 'wait' }
  | { readonly kind: 'event'; readonly parameters: Values; readonly queue: string | null }
  | { readonly kind: 'expect'; readonly expectation: Expectation };

export interface Step {
  readonly line: number;
  /** Name of the phone that acts; null: the caller. */
  readonly phone: string | null;
  /** Seconds since the beginning; null: at once. */
  readonly atS: number | null;
  /** Seconds after the step before. */
  readonly afterS: number;
  readonly deed: Deed;
}

/** A statement that a database is filled with; `__FILE__` in it is the content of `file`. */
export interface Statement {
  readonly sql: string;
  readonly file: string | null;
}

export interface Story {
  /** Keys of `modules.dsm`. */
  readonly config: { readonly [key: string]: unknown };
  /** Further members of the whole configuration. */
  readonly server: { readonly [key: string]: unknown };
  readonly caller: string;
  /** Phones that the script may call, by name. */
  readonly phones: ReadonlyMap<string, PhoneManners & { readonly host: string | null }>;
  readonly databases: ReadonlyMap<string, readonly Statement[]>;
  /** Functions of the bus, called before the first step. */
  readonly invoke: readonly { readonly module: string; readonly name: string; readonly args: readonly DiValue[] }[];
  readonly steps: readonly Step[];
}

type Path = readonly (string | number)[];
type Fail = (path: Path, text: string) => never;
type Members = { readonly [key: string]: unknown };

const deeds = ['call', 'press', 'say', 'answer', 'hangup', 'event', 'wait', 'expect'] as const;

/** @throws CodedError `config.invalid` with file, line and column. */
export function readStory(text: string, file: string): Story {
  const source = readYaml(text);
  const fail: Fail = (path, why) => {
    const { line, column } = source.locate(path.map(String), 'key');
    throw new CodedError('config.invalid', `${file}:${line}:${column}: ${path.join('.')}: ${why}`);
  };
  const [fault] = source.faults;
  if (fault !== undefined)
    throw new CodedError('config.invalid', `${file}:${fault.line}:${fault.column}: ${fault.text}`);
  const known = ['config', 'server', 'caller', 'phones', 'databases', 'invoke', 'steps'];
  const root = membersOf(source.value ?? {}, [], known, fail);
  const steps = listOf(root['steps'] ?? [], ['steps'], fail);
  return {
    config: membersOf(root['config'] ?? {}, ['config'], null, fail),
    server: membersOf(root['server'] ?? {}, ['server'], null, fail),
    caller: root['caller'] === undefined ? 'caller' : textOf(root['caller'], ['caller'], fail),
    phones: phonesOf(root['phones'] ?? {}, fail),
    databases: databasesOf(root['databases'] ?? {}, fail),
    invoke: listOf(root['invoke'] ?? [], ['invoke'], fail).map((call, i) => invocationOf(call, ['invoke', i], fail)),
    steps: steps.map((step, i) => stepOf(step, i, source.locate(['steps', String(i)], 'value').line, fail)),
  };
}

function stepOf(value: unknown, index: number, line: number, fail: Fail): Step {
  const path: Path = ['steps', index];
  const step = membersOf(value, path, [...deeds, 'at', 'after', 'phone', 'queue', 'within'], fail);
  const [what, ...more] = deeds.filter((name) => step[name] !== undefined);
  if (more.length > 0) return fail(path, `${what} and ${more.join(', ')}: one a step`);
  if (what === undefined && step['after'] === undefined && step['at'] === undefined)
    return fail(path, `a step is one of ${deeds.join(', ')}`);
  const at = step['at'] === undefined ? null : secondsOf(step['at'], [...path, 'at'], fail);
  const after = step['after'] === undefined ? 0 : secondsOf(step['after'], [...path, 'after'], fail);
  return {
    line,
    phone: step['phone'] === undefined ? null : textOf(step['phone'], [...path, 'phone'], fail),
    atS: at,
    afterS: after + (what === 'wait' ? secondsOf(step['wait'], [...path, 'wait'], fail) : 0),
    deed: deedOf(what ?? 'wait', step, path, fail),
  };
}

function deedOf(what: (typeof deeds)[number], step: Members, path: Path, fail: Fail): Deed {
  const here = [...path, what];
  switch (what) {
    case 'call': {
      if (typeof step['call'] === 'string') return { kind: 'call', to: step['call'], headers: {} };
      const { to = 'script', headers = {} } = membersOf(step['call'] ?? {}, here, ['to', 'headers'], fail);
      return {
        kind: 'call',
        to: textOf(to, [...here, 'to'], fail),
        headers: valuesOf(headers, [...here, 'headers'], fail),
      };
    }
    case 'press': {
      const keys = textOf(step['press'], here, fail);
      if (!/^[0-9*#A-D]{1,100}$/.test(keys)) return fail(here, 'keys are 0-9 * # A-D, in quotes: "12#"');
      return { kind: 'press', keys };
    }
    case 'say': {
      if (typeof step['say'] !== 'object')
        return { kind: 'say', what: textOf(step['say'], here, fail), repeats: !String(step['say']).endsWith('.wav') };
      const said = membersOf(step['say'], here, ['what', 'repeats'], fail);
      return { kind: 'say', what: textOf(said['what'], [...here, 'what'], fail), repeats: said['repeats'] === true };
    }
    case 'event': {
      const queue = step['queue'] === undefined ? null : textOf(step['queue'], [...path, 'queue'], fail);
      return { kind: 'event', parameters: valuesOf(step['event'], here, fail), queue };
    }
    case 'expect':
      return { kind: 'expect', expectation: expectationOf(step, here, fail) };
    case 'answer':
    case 'hangup':
    case 'wait':
      return { kind: what };
  }
}

function expectationOf(step: Members, path: Path, fail: Fail): Expectation {
  const known = ['state', 'heard', 'variable', 'variables', 'ended', 'called', 'written', 'within'];
  const expected = membersOf(step['expect'], path, known, fail);
  const word = (name: string): string | null =>
    expected[name] === undefined ? null : textOf(expected[name], [...path, name], fail);
  const { ended } = expected;
  if (ended !== undefined && typeof ended !== 'boolean' && typeof ended !== 'number')
    return fail([...path, 'ended'], 'true, false, or the status of a refusal');
  const variables = { ...(expected['variable'] as object), ...(expected['variables'] as object) };
  const within = expected['within'] ?? step['within'] ?? 10;
  return {
    state: word('state'),
    heard: word('heard'),
    variables: valuesOf(variables, [...path, 'variable'], fail),
    ended: ended ?? null,
    called: expected['called'] === true,
    written: word('written'),
    withinS: secondsOf(within, [...path, 'within'], fail),
  };
}

function phonesOf(value: unknown, fail: Fail): Story['phones'] {
  const phones = Object.entries(membersOf(value, ['phones'], null, fail));
  return new Map(
    phones.map(([name, given]) => {
      const path = ['phones', name];
      const phone = membersOf(given ?? {}, path, ['host', 'answers', 'rejects'], fail);
      const rejects = phone['rejects'] === undefined ? null : secondsOf(phone['rejects'], path, fail);
      const answers = phone['answers'] === undefined ? null : secondsOf(phone['answers'], path, fail);
      if (rejects !== null && !(Number.isInteger(rejects) && rejects >= 300 && rejects < 700))
        return fail([...path, 'rejects'], 'a status from 300 to 699');
      const host = phone['host'] === undefined ? null : textOf(phone['host'], [...path, 'host'], fail);
      return [name, { host, answersAfterS: answers, rejects }] as const;
    }),
  );
}

function databasesOf(value: unknown, fail: Fail): Story['databases'] {
  const databases = Object.entries(membersOf(value, ['databases'], null, fail));
  return new Map(
    databases.map(([name, given]) => {
      const path = ['databases', name];
      const statements = listOf(given, path, fail).map((statement, i): Statement => {
        if (typeof statement === 'string') return { sql: statement, file: null };
        const { sql, file } = membersOf(statement, [...path, i], ['sql', 'file'], fail);
        const named = file === undefined ? null : textOf(file, [...path, i, 'file'], fail);
        return { sql: textOf(sql, [...path, i, 'sql'], fail), file: named };
      });
      return [name, statements] as const;
    }),
  );
}

function invocationOf(value: unknown, path: Path, fail: Fail): Story['invoke'][number] {
  const [module, name, args = []] = listOf(value, path, fail);
  return {
    module: textOf(module, path, fail),
    name: textOf(name, path, fail),
    args: listOf(args, path, fail).map(toDi),
  };
}

function membersOf(value: unknown, path: Path, known: readonly string[] | null, fail: Fail): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail(path, 'expected names with values');
  for (const name of Object.keys(value))
    if (known !== null && !known.includes(name)) fail([...path, name], `not known; known are ${known.join(', ')}`);
  return Object.fromEntries(Object.entries(value));
}

function listOf(value: unknown, path: Path, fail: Fail): readonly unknown[] {
  return Array.isArray(value) ? value : fail(path, 'expected a list');
}

/** Numbers stand for their text. */
function textOf(value: unknown, path: Path, fail: Fail): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : fail(path, 'expected a text');
}

function valuesOf(value: unknown, path: Path, fail: Fail): Values {
  const entries = Object.entries(membersOf(value, path, null, fail));
  return Object.fromEntries(
    entries.map(([name, given]) => [name, given === '' ? '' : textOf(given, [...path, name], fail)]),
  );
}

function secondsOf(value: unknown, path: Path, fail: Fail): number {
  const isRight = typeof value === 'number' && value >= 0 && value <= 86_400;
  return isRight ? value : fail(path, 'expected a number from 0 to 86400');
}
