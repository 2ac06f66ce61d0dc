import { type ErrorCode, errorTable } from '../runtime/index.ts';
import type { Bus, RegisteredFunction } from './bus.ts';
import { jsonSchema } from './json-schema.ts';
import { maskSecrets } from './mask.ts';
import type { FunctionRow, Parameter } from './row.ts';
import { type DiValue, Double } from './value.ts';

export interface OpenRpcInfo {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
  /** Address of the JSON-RPC face. */
  readonly url?: string;
}

type Json = { readonly [member: string]: unknown };

/** Errors that any function may answer with. */
const commonErrors: readonly ErrorCode[] = [
  ...(['rpc.tooFewArguments', 'rpc.tooManyArguments', 'rpc.wrongType', 'rpc.forbidden', 'rpc.unauthorized'] as const),
  ...(['rpc.handlerFailed', 'rpc.deadline', 'rpc.unrepresentable', 'rpc.tooManyRequests'] as const),
];

/**
 * The OpenRPC 1.3 document of all exported functions: canonical names with `x-aliases`, parameters
 * and results as JSON schema, scopes, deprecations, and the events as `x-events`. A `rest`
 * parameter is shown as a list marked `x-rest`: by position its values follow one by one.
 */
export function openRpcDocument(bus: Bus, info: OpenRpcInfo): Json {
  const { url, ...about } = info;
  const functions = bus.functions().filter(({ row, aliasOf }) => row.exported !== false && aliasOf === null);
  return {
    openrpc: '1.3.2',
    info: about,
    ...(url === undefined ? {} : { servers: [{ name: 'callbus', url }] }),
    methods: functions.map(method),
    components: {
      errors: Object.fromEntries(
        [...new Set([...commonErrors, ...functions.flatMap(({ row }) => row.errors ?? [])])].map((code) => [
          code,
          errorObject(code),
        ]),
      ),
    },
    'x-events': Object.fromEntries(
      [...bus.events()].map(([name, { summary, scope, payload }]) => [
        name,
        { summary, 'x-scope': scope, payload: jsonSchema(payload) },
      ]),
    ),
  };
}

function method({ module, name, row }: RegisteredFunction): Json {
  const { summary, description, scope, limit, deprecated, errors = [] } = row;
  const { aliases = [], overloads = [], examples = [] } = row;
  return {
    name: `${module}.${name}`,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [{ name: module }],
    paramStructure: 'either',
    params: row.params.map(contentDescriptor),
    result: { name: 'result', schema: jsonSchema(row.result) },
    errors: [...errors, ...commonErrors.filter((code) => !errors.includes(code))].map((code) => ({
      $ref: `#/components/errors/${code}`,
    })),
    ...(deprecated === undefined ? {} : { deprecated: true, 'x-deprecated': deprecated }),
    ...(examples.length === 0 ? {} : { examples: examples.map((example, i) => pairing(row, example, i)) }),
    ...(overloads.length === 0 ? {} : { 'x-overloads': overloads.map((params) => params.map(contentDescriptor)) }),
    ...(aliases.length === 0 ? {} : { 'x-aliases': aliases.map((alias) => `${module}.${alias}`) }),
    ...(limit === undefined ? {} : { 'x-limit': limit }),
    ...(errors.length === 0 ? {} : { 'x-errors': errors }),
    'x-scope': scope,
  };
}

function contentDescriptor({ kind, name, schema, summary }: Parameter): Json {
  const text = summary ?? ('description' in schema ? String(schema.description) : undefined);
  const plain = jsonSchema(schema);
  return {
    name,
    ...(text === undefined ? {} : { summary: text }),
    required: kind === 'arg',
    schema: kind === 'rest' ? { type: 'array', items: plain } : plain,
    ...(kind === 'rest' ? { 'x-rest': true } : {}),
  };
}

function pairing(row: FunctionRow, example: NonNullable<FunctionRow['examples']>[number], index: number): Json {
  const params = example.params.map((value, i) => {
    const parameter = row.params[Math.min(i, row.params.length - 1)];
    return { name: parameter?.name ?? `${i}`, value: jsonValue(maskSecrets(parameter?.schema, value)) };
  });
  return { name: `example ${index + 1}`, params, result: { name: 'result', value: jsonValue(example.result) } };
}

/** A value as plain JSON data: exact integers as numbers, binary data as base64. */
function jsonValue(value: DiValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Double) return value.value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, DiValue]) => [name, jsonValue(member)]),
  );
}

function errorObject(code: ErrorCode): Json {
  const { jsonRpc, sentence, cause, next } = errorTable[code];
  return { code: jsonRpc, message: sentence, data: { code, cause, next } };
}
