/**
 * Reads, completes and checks the configuration: defaults of the schema, the YAML file, environment
 * variables, options; the later wins, lists are replaced whole. All faults are told at once.
 */
import { CodedError, givenText, isRecord, type SchemaFault, type TSchema } from '../runtime/index.ts';
import { fillDefaults } from './defaults.ts';
import { notBuiltFaults } from './not-built.ts';
import { environmentOverrides, type Override, setAt } from './override.ts';
import { schemaFaultsOf } from './schema-check.ts';
import { pathText, type Schema } from './schema-tools.ts';
import { nearest } from './suggest.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

export interface ConfigSource {
  readonly schema: TSchema;
  /** YAML; none: defaults only. */
  readonly text?: string;
  /** Name for messages. Default `configuration`. */
  readonly file?: string;
  /** Variables `CALLBUS__…`; others are ignored. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Options of the command line, which win over all. */
  readonly overrides?: readonly { readonly path: readonly string[]; readonly value: unknown }[];
}

interface Fault {
  readonly line: string;
  readonly kind: 'invalid' | 'notBuilt';
}

/**
 * @returns the whole configuration; its type is the caller's, who joined the schema.
 * @throws CodedError `config.invalid` (or `config.notBuilt`, when nothing else is wrong), whose
 * detail has a line for each fault: `callbus.yaml:12:5: sip.listen[0].port: expected an integer
 * from 0 to 65535, got "abc"`.
 */
export function loadConfig<Config = unknown>(source: ConfigSource): Config {
  const { schema, text = '', file = 'configuration', environment = {} } = source;
  const yaml = readYaml(text);
  if (yaml.faults.length > 0) {
    refuse(yaml.faults.map((fault) => invalid(`${file}:${fault.line}:${fault.column}: ${fault.text}`)));
  }
  if (yaml.value !== null && !isRecord(yaml.value))
    refuse([invalid(`${file}:1:1: the configuration: expected an object, got ${givenText(yaml.value)}`)]);
  const plain: Schema = { ...schema };
  const { overrides, faults } = environmentOverrides(plain, environment);
  const all = [
    ...overrides,
    ...(source.overrides ?? []).map((each) => ({ ...each, origin: `option ${pathText(each.path)}` })),
  ];
  const applied = applyOverrides(plain, fillDefaults(plain, yaml.value ?? {}), all);
  const config = applied.config;
  refuse([
    ...faults.map(({ origin, text }) => invalid(`${origin}: ${text}`)),
    ...applied.faults,
    ...schemaFaultsOf(plain, config).map((fault) => invalid(`${placeOf(fault, yaml, file, all)}: ${faultText(fault)}`)),
    ...notBuiltFaults(plain, config).map(({ path, text }) => {
      const place = placeOf({ path, kind: 'wrong' }, yaml, file, all);
      return { kind: 'notBuilt', line: `${place}: ${pathText(path)}: ${text}` } as const;
    }),
  ]);
  return config as Config; // what the schema has accepted
}

/**
 * The modules that `plugins:` (or its variable) lists, before the schema can be joined. Never throws: `loadConfig`
 * tells the faults.
 */
export function pluginsOf(text: string, environment: ConfigSource['environment'] = {}): string[] {
  const variable = environment['CALLBUS__PLUGINS']?.trim() ?? '';
  const { value } = readYaml(text);
  const listed: unknown = isRecord(value) ? value.plugins : [];
  const plugins = variable === '' ? listed : readYaml(variable).value;
  return Array.isArray(plugins) ? plugins.filter((plugin) => typeof plugin === 'string') : [];
}

function applyOverrides(schema: Schema, start: unknown, overrides: readonly Override[]) {
  const faults: Fault[] = [];
  let config = start;
  for (const { path, value, origin } of overrides) {
    const set = setAt(schema, config, path, value);
    if ('fault' in set) faults.push(invalid(`${origin}: ${pathText(path)}: ${set.fault}`));
    else config = fillDefaults(schema, set.value);
  }
  return { config, faults };
}

/** Where a value came from: a variable, an option, or a place in the file. */
function placeOf(
  { path, kind }: Pick<SchemaFault, 'path' | 'kind'>,
  yaml: YamlSource,
  file: string,
  overrides: readonly Override[],
): string {
  const isAt = (override: Override): boolean => override.path.every((step, i) => path[i] === step);
  const override = overrides.findLast(isAt);
  if (override !== undefined) return override.origin;
  const { line, column } = yaml.locate(path, kind === 'unknown' ? 'key' : 'value');
  return `${file}:${line}:${column}`;
}

function faultText({ path, kind, expected, given }: SchemaFault): string {
  const place = path.length === 0 ? 'the configuration' : pathText(path);
  switch (kind) {
    case 'wrong':
      return `${place}: expected ${expected}, got ${given}`;
    case 'missing':
      return `${place}: missing, expected ${expected}`;
    case 'unknown': {
      const near = nearest(given, expected.split(', '));
      const hint = near === null ? '' : `; did you mean ${near}?`;
      const what = path.length === 2 && path[0] === 'modules' ? 'no module has that name' : 'unknown key';
      return `${place}: ${what}${hint} (known: ${expected === '' ? 'none' : expected})`;
    }
  }
}

const invalid = (line: string): Fault => ({ line, kind: 'invalid' });

function refuse(faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  const lines = [...new Set(faults.map(({ line }) => line))];
  const code = faults.every(({ kind }) => kind === 'notBuilt') ? 'config.notBuilt' : 'config.invalid';
  throw new CodedError(code, lines.join('\n'), { data: { faults: lines } });
}
