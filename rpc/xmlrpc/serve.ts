/** XML-RPC requests to the bus and back (di-interfaces 3). Faults are answers: HTTP 200, SEMS's codes. */
import { type CallContext, type DiValue, isStruct } from '../../core/di/index.ts';
import { asCodedError, CodedError } from '../../core/runtime/index.ts';
import { builtinFaultOf, type XmlFault, xmlFaultOf } from '../errors.ts';
import type { Answer, Invoker } from '../invoker.ts';
import type { Soon } from '../soon.ts';
import { type DecodeLimits, decodeMethodCall } from './decode.ts';
import { encodeFault, encodeResponse, encodeValue, faultStruct, wrapResponse } from './encode.ts';
import { XmlFaultError } from './fault.ts';
import { createSystemMethods } from './system.ts';

export interface XmlServer {
  /** The reply's text: a response or a fault. Neither throws nor rejects. */
  handle(text: string, context: CallContext): Soon<string>;
}

export interface XmlServerOptions {
  readonly invoker: Invoker;
  readonly limits: DecodeLimits;
  /** Calls in a `system.multicall`. */
  readonly batch: number;
}

const multicallName = 'system.multicall';

export function createXmlServer({ invoker, limits, batch }: XmlServerOptions): XmlServer {
  const system = createSystemMethods(invoker);

  function call(method: string, params: readonly DiValue[], context: CallContext): Soon<Answer> {
    const own = system.get(method);
    if (own !== undefined) return { value: own(params), schema: null };
    return invoker.call(method, params, context);
  }

  /** An unknown name is SEMS's -1 however it is unknown; behind `di` it keeps 500 and 504. */
  function faultOf(fault: unknown, method: string, params: readonly DiValue[]): XmlFault {
    if (fault instanceof XmlFaultError) return fault.fault;
    const error = asCodedError(fault);
    if (method === 'di') return diFaultOf(error, params);
    const isUnknown = error.code === 'rpc.unknownModule' || error.code === 'rpc.unknownFunction';
    if (isUnknown && invoker.find(method) === null) return xmlFaultOf(new CodedError('rpc.unknownMethod'), method);
    return !method.includes('.') && invoker.isBuiltin(method)
      ? builtinFaultOf(error, method)
      : xmlFaultOf(error, method);
  }

  /** Each answer is an array of one value, or a fault struct, as text. */
  async function multicall(params: readonly DiValue[], context: CallContext): Promise<string> {
    const [calls] = params;
    if (!isList(calls)) throw multicallFault('Invalid argument (expected an array)');
    if (calls.length > batch)
      throw new CodedError(
        'rpc.tooLarge',
        `${multicallName} with ${calls.length} calls, more than ${batch} (rpc.limits.batch)`,
      );
    const answers: string[] = [];
    for (const entry of calls) answers.push(await oneOf(entry, context));
    return `<value><array><data>${answers.join('')}</data></array></value>`;
  }

  async function oneOf(entry: DiValue, context: CallContext): Promise<string> {
    const { methodName, params } = isStruct(entry) ? entry : {};
    if (typeof methodName !== 'string')
      return faultValue(
        -1,
        `${multicallName}: Invalid argument (expected a struct with members methodName and params)`,
      );
    if (methodName === multicallName) return faultValue(-1, `Recursive ${multicallName} forbidden`);
    const list = params === undefined ? [] : params;
    if (!isList(list)) return faultValue(-1, `${multicallName}: Invalid argument (params: expected an array)`);
    try {
      const { value, schema } = await call(methodName, list, context);
      return `<value><array><data>${encodeValue(value, schema)}</data></array></value>`;
    } catch (fault) {
      const { code, text } = faultOf(fault, methodName, list);
      return faultValue(code, text);
    }
  }

  return {
    handle(text, context) {
      let method = '';
      let params: readonly DiValue[] = [];
      const refusal = (fault: unknown): string => {
        const { code, text: faultText } = faultOf(fault, method, params);
        return encodeFault(code, faultText);
      };
      try {
        ({ method, params } = decodeMethodCall(text, limits));
        if (method === multicallName) return multicall(params, context).then(wrapResponse).catch(refusal);
        const answer = call(method, params, context);
        return answer instanceof Promise ? answer.then(responseOf).catch(refusal) : responseOf(answer);
      } catch (fault) {
        return refusal(fault);
      }
    },
  };
}

/** What `di` itself refuses (di-interfaces 3.3): a name that is no text is -1, one name alone 400. */
function diFaultOf(error: CodedError, params: readonly DiValue[]): XmlFault {
  const [factory, name] = params;
  if (typeof factory !== 'string' || (params.length > 1 && typeof name !== 'string'))
    return { code: -1, text: `type error: ${error.detail}` };
  return params.length === 1 ? { code: 400, text: error.detail } : xmlFaultOf(error, String(name));
}

const responseOf = ({ value, schema }: Answer): string => encodeResponse(value, schema);

const multicallFault = (text: string): XmlFaultError =>
  new XmlFaultError({ code: -1, text: `${multicallName}: ${text}` });

const faultValue = (code: number, text: string): string => encodeValue(faultStruct(code, text), null);

const isList = (value: DiValue | undefined): value is readonly DiValue[] => Array.isArray(value);
