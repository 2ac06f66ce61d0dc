import { type DiValue, type DsmModule, type DsmScript, isStruct } from '../../../core/index.ts';
import { flatten } from '../engine/index.ts';
import { memberAt, parsePath, withMember } from './json-path.ts';
import { action } from './rows.ts';

const maxItems = 10_000;

/** Undefined, with `$errno`: it is no JSON. */
function parsed(script: DsmScript, name: string, text: string): DiValue | undefined {
  try {
    const value: DiValue = JSON.parse(text);
    return value;
  } catch (fault) {
    script.setError('arg', `${name}: ${String(fault).slice(0, 200)}`);
    return undefined;
  }
}

/** A scalar as its text, anything else as JSON. */
function written(value: DiValue): string {
  return typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
}

/** As scripts write values: `true`, `false`, `null`, numbers, objects and arrays are JSON, all else is a text. */
function jsonOf(text: string): DiValue {
  if (!/^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?|[[{].*[\]}])$/s.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `path in $document`: both from one text, as an action has two parameters and one is the result. */
function split(script: DsmScript, text: string): { readonly document: string; readonly path: string } {
  const [, document = '', path = ''] = /^(\S+)(?:\s+(\S.*))?$/s.exec(text.trim()) ?? [];
  return { document: script.resolve(document), path: script.resolve(path.trim()) };
}

/** JSON texts taken apart and put together. Not SEMS's. */
export const modJson: DsmModule = {
  name: 'mod_json',
  summary: 'JSON: members by path, and into variables.',
  actions: [
    action.assign(
      'dst:N',
      '$json path:L',
    )({
      name: 'json.get',
      summary: 'json.get($dst=$json a.b[0]): the member; objects and arrays as JSON; empty when it is not there.',
      errno: ['arg'],
      run(script, dst, text) {
        const { document, path } = split(script, text);
        const steps = parsePath(path);
        const value = parsed(script, 'json.get', document);
        if (value === undefined) return undefined;
        if (steps === null) script.setError('arg', `json.get: ${path.slice(0, 80)} is no path`);
        else {
          script.variables.set(dst, written(memberAt(value, steps) ?? ''));
          script.clearError();
        }
        return undefined;
      },
    }),
    action.two(
      'json:N',
      'path=value:L',
    )({
      name: 'json.set',
      summary:
        'json.set($json, a.b[0]=$value): sets the member of the variable; an empty variable is an empty document.',
      errno: ['arg'],
      run(script, name, text) {
        const [, path = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
        const steps = parsePath(script.resolve(path.trim()));
        if (steps === null || steps.length === 0) {
          script.setError('arg', 'json.set: expected path=value');
          return undefined;
        }
        const document = parsed(script, 'json.set', script.variables.get(name) || '{}');
        if (document === undefined) return undefined;
        const member = jsonOf(script.resolve(value.trim()));
        script.variables.set(name, JSON.stringify(withMember(document, steps, member)));
        script.clearError();
        return undefined;
      },
    }),
    action.twoMaybe(
      'json',
      'dst:N',
    )({
      name: 'json.parse',
      summary: 'All members as variables: dst.key, dst[0], …; null is empty.',
      errno: ['arg'],
      run(script, json, dst) {
        const value = parsed(script, 'json.parse', json);
        if (value === undefined) return undefined;
        for (const [name, text] of flatten(dst, value)) script.variables.set(name, text === 'null' ? '' : text);
        script.clearError();
        return undefined;
      },
    }),
    action.two(
      'json',
      'dst:N',
    )({
      name: 'json.each',
      summary:
        'The items of an array, or the values of an object, in dst[0], …; dst.size says how many, dst[0].key the names.',
      errno: ['arg'],
      run(script, json, dst) {
        const value = parsed(script, 'json.each', json);
        if (value === undefined) return undefined;
        const entries = entriesOf(value);
        if (entries === null) {
          script.setError('arg', 'json.each: neither an array nor an object');
          return undefined;
        }
        for (const [i, [key, item]] of entries.slice(0, maxItems).entries()) {
          script.variables.set(`${dst}[${i}]`, written(item));
          if (key !== null) script.variables.set(`${dst}[${i}].key`, key);
        }
        script.variables.set(`${dst}.size`, String(Math.min(entries.length, maxItems)));
        script.clearError();
        return undefined;
      },
    }),
  ],
  conditions: [],
};

function entriesOf(value: DiValue): readonly (readonly [string | null, DiValue])[] | null {
  if (Array.isArray(value)) return value.map((item: DiValue) => [null, item]);
  return isStruct(value) ? Object.entries(value) : null;
}
