/** mod_utils: numbers and texts (reference/dsm 5.3). */
import { createHash } from 'node:crypto';
import { type DiValue, type DsmAction, type DsmScript, isStruct, secureToken } from '../../../core/index.ts';
import { bareName, flatten, floatText, parseUnsigned } from '../engine/index.ts';
import { action } from './rows.ts';
import { serverOf } from './server.ts';

/** As C's `atof`: what leads the text and is a number, else 0. */
const leadingNumber = (text: string): number => {
  const found = /^\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/.exec(text);
  return found === null ? 0 : Number(found[0]);
};

/** As C's `atoi`, without its bounds. */
const leadingInteger = (text: string): bigint => BigInt(/^\s*\+?(-?[0-9]{1,1000})/.exec(text)?.[1] ?? '0');

/** "var := value(R var) ± v; var name = N of the same text". */
function sum(name: string, summary: string, sign: 1 | -1): DsmAction {
  return action.two(
    'var:L',
    'value',
  )({
    name,
    summary,
    run(script, variable, value) {
      const result = leadingNumber(script.resolve(variable)) + sign * leadingNumber(value);
      script.variables.set(bareName(variable), floatText(result));
      return undefined;
    },
  });
}

export const numberActions: readonly DsmAction[] = [
  action.one('dst:RN')({
    name: 'utils.getNewId',
    summary: 'A unique id.',
    run: (script, dst) => void script.variables.set(dst, secureToken(serverOf(script).random, 12).toUpperCase()),
  }),
  action.twoMaybe(
    'dst:RN',
    'modulo',
  )({
    name: 'utils.rand',
    summary: 'A random number, below modulo if that is given.',
    run(script, dst, modulo) {
      const limit = parseUnsigned(modulo) ?? 0;
      const { random } = serverOf(script);
      script.variables.set(dst, String(random.integer(limit > 0 ? Math.min(limit, 2 ** 31) : 2 ** 31)));
      return undefined;
    },
  }),
  action.none({
    name: 'utils.srand',
    summary: 'Does nothing: the generator needs no seed.',
    run: () => undefined,
  }),
  sum('utils.add', 'Adds to the variable: 9 becomes 9.0, use utils.int.', 1),
  sum('utils.sub', 'Takes from the variable: 9 becomes 9.0, use utils.int.', -1),
  action.two(
    'var:L',
    'value',
  )({
    name: 'utils.mul',
    summary: 'Multiplies the variable, as an integer.',
    run(script, variable, value) {
      const product = leadingInteger(script.resolve(variable)) * leadingInteger(value);
      script.variables.set(bareName(variable), String(product));
      return undefined;
    },
  }),
  action.two(
    'dst:N',
    'value',
  )({
    name: 'utils.int',
    summary: 'The value without what is behind its point.',
    run(script, dst, value) {
      const whole = Math.trunc(leadingNumber(value));
      script.variables.set(dst, Number.isFinite(whole) ? BigInt(whole).toString() : '0');
      return undefined;
    },
  }),
  action.two(
    'dst:N',
    'value',
  )({
    name: 'utils.md5',
    summary: 'The MD5 of the value, in hex.',
    run: (script, dst, value) => void script.variables.set(dst, createHash('md5').update(value, 'utf8').digest('hex')),
  }),
];

/** Entries that a text may be split into. */
const maxParts = 10_000;

function setArray({ variables }: DsmScript, name: string, parts: readonly string[]): void {
  for (const [i, part] of parts.slice(0, maxParts).entries()) variables.set(`${name}[${i}]`, part);
}

/** Of what a text may become. */
const longestText = 2 << 20;

/** One side of `search=>replace`: only a `$variable` is looked up. */
const side = (script: DsmScript, text: string): string => (text.startsWith('$') ? script.resolve(text) : text);

export const textActions: readonly DsmAction[] = [
  action.two(
    'var:N',
    'search=>replace:L',
  )({
    name: 'utils.replace',
    summary: 'Replaces every find in the variable; both sides are literal, or a $variable.',
    errno: ['arg'],
    run(script, variable, rule) {
      const [, search = '', replacement = ''] = /^(.*?)=>(.*)$/s.exec(rule) ?? [];
      const wanted = side(script, search);
      const text = script.variables.get(variable);
      const by = side(script, replacement);
      // "literal sides must be non-empty"
      if (wanted === '' || replacement === '') script.setError('arg', 'utils.replace: expected search=>replace');
      else if (text.length + (text.split(wanted).length - 1) * by.length > longestText)
        script.setError('arg', 'utils.replace: the text would become too long');
      else
        script.variables.set(
          variable,
          text.replaceAll(wanted, () => by),
        );
      return undefined;
    },
  }),
  action.twoMaybe(
    'text:L',
    'dst:N',
  )({
    name: 'utils.splitStringCR',
    summary: 'Splits a text at line ends into dst[0], dst[1], …; without dst: into its own variable.',
    run(script, text, dst) {
      const lines = script.resolve(text).split('\n');
      if (lines.at(-1) === '') lines.pop();
      setArray(script, dst === '' ? bareName(text) : dst, lines);
      return undefined;
    },
  }),
  action.twoMaybe(
    'var:N',
    'delimiter',
  )({
    name: 'utils.splitString',
    summary: 'Splits a variable at each delimiter, or into characters, into var[0], var[1], … .',
    errno: ['arg'],
    run(script, variable, delimiter) {
      const text = script.variables.get(variable);
      if (variable === '') script.setError('arg', 'utils.splitString: which variable?');
      else setArray(script, variable, delimiter === '' ? [...text] : text.split(delimiter));
      return undefined;
    },
  }),
  action.twoMaybe(
    'json',
    'dst:N',
  )({
    name: 'utils.decodeJson',
    summary: 'JSON as variables: dst.key, dst[0], nested likewise.',
    errno: ['arg'],
    run(script, json, dst) {
      let value: DiValue;
      try {
        value = JSON.parse(json);
      } catch (fault) {
        script.setError('arg', `utils.decodeJson: ${String(fault).slice(0, 200)}`);
        return undefined;
      }
      // "null → `""`"
      for (const [name, text] of flatten(dst, withoutNull(value))) script.variables.set(name, text);
      return undefined;
    },
  }),
  action.one('var:N')({
    name: 'utils.escapeCRLF',
    summary: 'Line ends (CRLF) in the variable become the four characters \\r\\n.',
    run: (script, name) => void script.variables.set(name, script.variables.get(name).replaceAll('\r\n', '\\r\\n')),
  }),
  action.one('var:N')({
    name: 'utils.unescapeCRLF',
    summary: 'The four characters \\r\\n in the variable become line ends.',
    run: (script, name) => void script.variables.set(name, script.variables.get(name).replaceAll('\\r\\n', '\r\n')),
  }),
];

function withoutNull(value: DiValue, depth = 0): DiValue {
  if (value === null) return '';
  if (depth > 100) return '';
  if (Array.isArray(value)) return value.map((item: DiValue) => withoutNull(item, depth + 1));
  if (isStruct(value))
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutNull(member, depth + 1)]));
  return value;
}
