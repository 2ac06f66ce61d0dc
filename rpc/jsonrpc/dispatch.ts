/**
 * JSON-RPC 2.0 on the npm package `jayson`: it routes and answers single requests. In front of it stand
 * our bounded parser, batches (jayson never answers one that holds an array), ids (jayson takes
 * `"id": null` for a notification) and the texts of errors.
 */
import jayson from 'jayson';
import { type CallContext, type DiArguments, type DiValue, Double, isStruct } from '../../core/di/index.ts';
import { asCodedError, CodedError } from '../../core/runtime/index.ts';
import { type JsonError, jsonErrorOf } from '../errors.ts';
import type { Invoker } from '../invoker.ts';
import { type Soon, whenThere } from '../soon.ts';
import { parseJson } from './parse.ts';
import { type MemberOrder, printJson } from './print.ts';

/** Methods that only one connection has: `auth.login`, `events.subscribe`. */
export interface SessionMethods {
  readonly methods: ReadonlyMap<string, (args: DiArguments) => unknown>;
  /** Nobody is logged in yet: no other method may be called. */
  readonly only: boolean;
}

export interface JsonDispatcher {
  /** The answer's text, or null when there is nothing to answer. Neither throws nor rejects. */
  handle(text: string, context: CallContext, session?: SessionMethods): Soon<string | null>;
}

export interface JsonDispatcherOptions {
  readonly invoker: Invoker;
  /** The OpenRPC document, for `rpc.discover`. */
  readonly discover: () => unknown;
  readonly depth: number;
  /** Requests in a batch. */
  readonly batch: number;
}

interface Invocation {
  readonly context: CallContext;
  readonly session: SessionMethods | undefined;
}

type Handler = (
  params: DiArguments | undefined,
  invocation: Invocation,
  done: (error: JsonError | null, result?: unknown) => void,
) => void;

/** A result in a box: jayson would take an undefined one for none. */
interface Result {
  readonly value: unknown;
  readonly order: MemberOrder;
}

type Id = string | number | bigint | Double | null;

/** Names that another wire has. */
const servedElsewhere = [
  { prefix: 'events.', where: 'events need a connection that stays: the WebSocket /ws, or netstrings' },
  { prefix: 'auth.', where: 'over HTTP the Authorization header logs in; auth.login is for /ws and netstrings' },
  { prefix: 'system.', where: 'system.* is for XML-RPC; rpc.discover lists the methods' },
];

export function createJsonDispatcher(options: JsonDispatcherOptions): JsonDispatcher {
  const { invoker } = options;
  const methods = new Map<string, InstanceType<typeof jayson.Method>>();
  const server = new jayson.Server({}, { router: route, useContext: true });
  // JSON-RPC 2.0, 5.1 has these words; jayson's differ by a letter.
  server.errorMessages[-32600] = 'Invalid Request';

  /** One jayson method for each name; bounded, as names come from outside. */
  function route(name: string): InstanceType<typeof jayson.Method> {
    const cached = methods.get(name);
    if (cached !== undefined) return cached;
    const handler: Handler = (params, invocation, done) => {
      const failed = (fault: unknown): void => done(jsonErrorOf(asCodedError(fault)));
      let result: Soon<Result>;
      try {
        result = resolve(name, params ?? [], invocation);
      } catch (fault) {
        failed(fault);
        return;
      }
      if (result instanceof Promise) result.then((value) => done(null, value), failed);
      else done(null, result);
    };
    const method = new jayson.Method(handler as never, { useContext: true });
    if (methods.size < 1000) methods.set(name, method);
    return method;
  }

  function resolve(name: string, args: DiArguments, { context, session }: Invocation): Soon<Result> {
    const own = session?.methods.get(name);
    if (own !== undefined) return whenThere<unknown, Result>(own(args), (value) => ({ value, order: 'given' }));
    if (session?.only === true) throw new CodedError('rpc.unauthorized', 'the first request must be auth.login');
    if (name === 'rpc.discover') return { value: options.discover(), order: 'given' };
    if (name.startsWith('core.')) return whenThere(core(name, args, context), sorted);
    const elsewhere = servedElsewhere.find(({ prefix }) => name.startsWith(prefix));
    if (elsewhere !== undefined) throw new CodedError('rpc.unknownMethod', `${name}: ${elsewhere.where}`);
    return whenThere(invoker.call(name, args, context), ({ value }) => sorted(value));
  }

  /** SEMS's `core.*` (di-interfaces 4.2): figures come as `[n]`, setters give null. */
  function core(name: string, args: DiArguments, context: CallContext): Soon<unknown> {
    const bare = name.slice('core.'.length);
    if (bare === 'di' || !invoker.isBuiltin(bare))
      throw new CodedError('rpc.unknownFunction', `${name}: function unknown in core`);
    return whenThere(invoker.call(bare, args, context), ({ value }) => (bare.startsWith('set_') ? null : [value]));
  }

  function single(request: DiValue, invocation: Invocation): Soon<string | null> {
    const members = isStruct(request) ? request : null;
    const hasId = members !== null && Object.hasOwn(members, 'id');
    const id = hasId ? usableId(members['id']) : undefined;
    // jayson keeps ids that JSON.parse makes; ours may be exact numbers or null, so it gets 0 instead.
    const plain =
      members === null ? request : { ...members, ...(id === undefined ? {} : { id: 0 }), ...usableParams(members) };
    // `server.call` calls back before it returns when the handler answered at once.
    let answer: string | null | undefined;
    let tell = (text: string | null): void => {
      answer = text;
    };
    server.call(plain as never, invocation, (error, success) => {
      if (error !== undefined && error !== null) tell(errorText(completed(error.error, request), id ?? null));
      else if (success === undefined || id === undefined) tell(null);
      else tell(`{"jsonrpc":"2.0","result":${resultText(success.result)},"id":${printJson(id)}}`);
    });
    if (answer !== undefined) return answer;
    return new Promise((done) => {
      tell = done;
    });
  }

  async function batch(requests: readonly DiValue[], invocation: Invocation): Promise<string | null> {
    if (requests.length === 0) throw new CodedError('rpc.invalidRequest', 'the batch is empty');
    if (requests.length > options.batch)
      throw new CodedError(
        'rpc.tooLarge',
        `the batch has ${requests.length} requests, more than ${options.batch} (rpc.limits.batch)`,
      );
    const answers: string[] = [];
    // One after the other, so that a batch may build on its own effects.
    for (const request of requests) {
      const answer = await single(request, invocation);
      if (answer !== null) answers.push(answer);
    }
    return answers.length === 0 ? null : `[${answers.join(',')}]`;
  }

  return {
    handle(text, context, session) {
      try {
        const request = parseJson(text, options.depth);
        const invocation = { context, session };
        const answer = isList(request) ? batch(request, invocation) : single(request, invocation);
        return answer instanceof Promise ? answer.catch(refusal) : answer;
      } catch (fault) {
        return refusal(fault);
      }
    },
  };
}

const refusal = (fault: unknown): string => errorText(jsonErrorOf(asCodedError(fault)), null);
const sorted = (value: unknown): Result => ({ value, order: 'sorted' });

export function errorText(error: JsonError, id: Id): string {
  return `{"jsonrpc":"2.0","error":${printJson(error)},"id":${printJson(id)}}`;
}

function resultText(result: Result): string {
  return printJson(result.value, result.order);
}

/** jayson's own error (an invalid request) gets the reason; ours are complete. */
function completed(error: object, request: DiValue): JsonError {
  if (isJsonError(error)) return error;
  return jsonErrorOf(new CodedError('rpc.invalidRequest', invalidReason(request)));
}

const isJsonError = (error: object): error is JsonError => 'data' in error && error.data !== undefined;

function invalidReason(request: DiValue): string {
  if (!isStruct(request)) return 'a request is an object, or an array of objects';
  const { jsonrpc, method, params } = request;
  if (jsonrpc === undefined) return 'the member "jsonrpc": "2.0" is missing (JSON-RPC 1.0 is not served)';
  if (jsonrpc !== '2.0') return '"jsonrpc" must be the string "2.0"';
  if (typeof method !== 'string') return '"method" must be a string';
  if (params !== undefined && !isList(params) && !isStruct(params)) return '"params" must be an array or an object';
  return '"id" must be a string, a number or null';
}

function usableId(id: DiValue | undefined): Id | undefined {
  const isUsable = id === null || typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint';
  return isUsable || id instanceof Double ? id : undefined;
}

/** jayson takes any object for params; a Double is one to JavaScript only. */
function usableParams(members: { readonly [name: string]: DiValue }): { params?: false } {
  return members['params'] instanceof Double ? { params: false } : {};
}

const isList = (value: DiValue | undefined): value is readonly DiValue[] => Array.isArray(value);
