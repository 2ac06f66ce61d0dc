/** The server's own OpenRPC document, read with every member checked: what can be called, and what comes as events. */
import { isRecord } from '../../runtime/index.ts';

export interface DocumentedParameter {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  /** Takes all further values; `schema` is of one of them. */
  readonly rest: boolean;
  readonly schema: Schema;
}

export type Schema = { readonly [keyword: string]: unknown };

export interface DocumentedFunction {
  /** `module.function`. */
  readonly name: string;
  readonly module: string;
  readonly summary: string;
  readonly description: string;
  /** Accepted parameter lists, at least one. */
  readonly lists: readonly (readonly DocumentedParameter[])[];
  readonly result: Schema;
  readonly scope: string;
  readonly aliases: readonly string[];
  readonly deprecated: string;
  readonly errors: readonly string[];
  readonly examples: readonly { readonly params: readonly unknown[]; readonly result: unknown }[];
}

export interface DocumentedEvent {
  readonly name: string;
  readonly summary: string;
  readonly scope: string;
  readonly payload: Schema;
}

export interface BusDocument {
  readonly functions: readonly DocumentedFunction[];
  readonly events: readonly DocumentedEvent[];
}

/** What is malformed is left out: a newer server may say more than we know. */
export function readDocument(document: unknown): BusDocument {
  const { methods, 'x-events': events } = schemaOf(document);
  return {
    functions: list(methods).filter(isRecord).map(readFunction),
    events: Object.entries(schemaOf(events)).map(([name, event]) => {
      const { summary, 'x-scope': scope, payload } = schemaOf(event);
      return { name, summary: text(summary), scope: text(scope), payload: schemaOf(payload) };
    }),
  };
}

function readFunction(method: Schema): DocumentedFunction {
  const name = text(method['name']);
  return {
    name,
    module: name.split('.')[0] ?? '',
    summary: text(method['summary']),
    description: text(method['description']),
    lists: [method['params'], ...list(method['x-overloads'])].map((params) =>
      list(params).filter(isRecord).map(readParameter),
    ),
    result: schemaOf(schemaOf(method['result'])['schema']),
    scope: text(method['x-scope']),
    aliases: list(method['x-aliases']).map(text),
    deprecated: text(method['x-deprecated']),
    errors: list(method['x-errors']).map(text),
    examples: list(method['examples'])
      .filter(isRecord)
      .map(({ params, result }) => ({
        params: list(params).map((param) => schemaOf(param)['value']),
        result: schemaOf(result)['value'],
      })),
  };
}

function readParameter(parameter: Schema): DocumentedParameter {
  const rest = parameter['x-rest'] === true;
  const schema = schemaOf(parameter['schema']);
  return {
    name: text(parameter['name']),
    summary: text(parameter['summary']),
    required: parameter['required'] === true,
    rest,
    schema: rest ? schemaOf(schema['items']) : schema,
  };
}

/** A function by its full name, an alias, or the bare name where only one module has it. */
export function findFunction(document: BusDocument, wanted: string): DocumentedFunction | readonly string[] {
  const exact = document.functions.find(({ name, aliases }) => name === wanted || aliases.includes(wanted));
  if (exact !== undefined) return exact;
  const bare = document.functions.filter(({ name, aliases }) =>
    [name, ...aliases].some((full) => full.slice(full.indexOf('.') + 1) === wanted),
  );
  const [only] = bare;
  return bare.length === 1 && only !== undefined ? only : bare.map(({ name }) => name);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const schemaOf = (value: unknown): Schema => (isRecord(value) ? value : {});
