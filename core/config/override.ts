/** Values set over those of the file: environment variables and options. */
import { isRecord } from '../runtime/index.ts';
import {
  branchFor,
  entrySchema,
  isOpen,
  memberSchema,
  pathText,
  propertiesOf,
  type Schema,
  unionBranches,
} from './schema-tools.ts';
import { nearest } from './suggest.ts';
import { readYaml } from './yaml-source.ts';

/** One value with where it came from. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  /** For messages: the variable's or option's name. */
  readonly origin: string;
}

export interface OriginFault {
  readonly origin: string;
  readonly text: string;
}

const prefix = 'CALLBUS__';

/**
 * `CALLBUS__RPC__LISTEN__PORT=0` as `rpc.listen.port`: a double underscore descends, keys match
 * without case and single underscores (`DRAINMS`, `DRAIN_MS`), numbers are list indexes, the value
 * is YAML. Parents come before their parts.
 */
export function environmentOverrides(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly overrides: readonly Override[]; readonly faults: readonly OriginFault[] } {
  const overrides: Override[] = [];
  const faults: OriginFault[] = [];
  for (const [origin, text] of Object.entries(environment)) {
    // An empty variable is one that was not set; `null` and `''` say it in words.
    if (!origin.startsWith(prefix) || text === undefined || text.trim() === '') continue;
    const path = resolvePath(schema, origin.slice(prefix.length).split('__'));
    const { value, faults: syntax } = readYaml(text);
    if ('fault' in path) faults.push({ origin, text: path.fault });
    else if (syntax[0] !== undefined) faults.push({ origin, text: `the value is no YAML: ${syntax[0].text}` });
    else overrides.push({ origin, path: path.steps, value });
  }
  overrides.sort((a, b) => a.path.length - b.path.length || (a.origin < b.origin ? -1 : 1));
  return { overrides, faults };
}

type Resolved = { readonly steps: readonly string[] } | { readonly fault: string };

/** Names without regard to case as keys of the schema. */
export function resolvePath(schema: Schema, names: readonly string[]): Resolved {
  const steps: string[] = [];
  let at: unknown = schema;
  for (const name of names) {
    const branch = containerOf(at);
    if (branch.type === 'array') {
      if (!/^\d{1,4}$/.test(name)) return { fault: `${pathText(steps)}: expected the number of an entry, got ${name}` };
      at = entrySchema(branch, Number(name));
      steps.push(name);
      continue;
    }
    const known = Object.keys(propertiesOf(branch));
    if (name === '') return { fault: 'a double underscore too many: a key is missing' };
    const key = known.find((each) => each === name) ?? known.find((each) => folded(each) === folded(name));
    if (key === undefined && !isOpen(branch)) {
      const near = nearest(name, known);
      const place = pathText([...steps, name.toLowerCase()]);
      return { fault: `${place}: unknown key${near === null ? '' : `; did you mean ${near.toUpperCase()}?`}` };
    }
    const step = key ?? (name === name.toUpperCase() ? name.toLowerCase() : name);
    at = memberSchema(branch, step);
    steps.push(step);
  }
  return { steps };
}

const folded = (name: string): string => name.toLowerCase().replaceAll('_', '');

/** Of a union (an object or null), the branch that one can descend into. */
function containerOf(schema: unknown): Schema {
  if (!isRecord(schema)) return {};
  const branches = unionBranches(schema);
  if (branches.length === 0) return schema;
  return branches.map(containerOf).find(({ type }) => type === 'object' || type === 'array') ?? {};
}

/** A copy of `root` with the value set; a list may grow by one entry. A text on refusal. */
export function setAt(
  schema: unknown,
  root: unknown,
  [step, ...rest]: readonly string[],
  value: unknown,
): { readonly value: unknown } | { readonly fault: string } {
  if (step === undefined) return { value };
  const container = containerOf(schema);
  if (container.type === 'array') {
    const list: readonly unknown[] = Array.isArray(root) ? root : [];
    const index = Number(step);
    if (index > list.length) return { fault: `the list has ${list.length} entries: no place for number ${index}` };
    const inner = setAt(entrySchema(container, index), list[index], rest, value);
    return 'fault' in inner ? inner : { value: Object.assign([...list], { [index]: inner.value }) };
  }
  if (root !== undefined && root !== null && !isRecord(root)) return { fault: 'what holds it is no map of keys' };
  const object = root ?? {};
  const inner = setAt(memberSchema(branchFor(container, object), step), object[step], rest, value);
  return 'fault' in inner ? inner : { value: { ...object, [step]: inner.value } };
}
