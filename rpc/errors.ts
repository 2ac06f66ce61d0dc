/**
 * Errors as each face shows them. JSON-RPC's own codes carry the texts of its specification; XML-RPC
 * fault strings begin with SEMS's wording where SEMS has one (di-interfaces 1.10, 3.5), ours follows.
 */
import type { CodedError, ErrorCode } from '../core/runtime/index.ts';

export interface JsonError {
  readonly code: number;
  readonly message: string;
  readonly data: { readonly [member: string]: unknown };
}

/** JSON-RPC 2.0, 5.1. */
const standardMessages: { readonly [code: number]: string } = {
  [-32700]: 'Parse error',
  [-32600]: 'Invalid Request',
  [-32601]: 'Method not found',
  [-32602]: 'Invalid params',
  [-32603]: 'Internal error',
  [-32000]: 'Server error',
};

/** `data`: our code, what was wrong, the chain of causes, what to try. */
export function jsonErrorOf(error: CodedError): JsonError {
  const { jsonRpc, sentence, next } = error.row;
  return {
    code: jsonRpc,
    message: standardMessages[jsonRpc] ?? sentence.replace(/\.$/, ''),
    data: {
      code: error.code,
      detail: error.detail === '' ? sentence : error.detail,
      next,
      why: error.why(),
      ...(error.data === undefined ? {} : { data: error.data }),
    },
  };
}

export interface XmlFault {
  readonly code: number;
  readonly text: string;
}

/** SEMS's texts (di-interfaces 1.10, 3.5). Clients compare these, and they say all there is: nothing is added. */
const wholeTexts: { readonly [code in ErrorCode]?: (name: string) => string } = {
  'rpc.unknownMethod': (name) => `${name}: unknown method name`,
  'rpc.unknownFunction': (name) => `Exception: AmDynInvoke::NotImplemented: ${name}`,
  'rpc.unknownModule': () => 'could not get factory',
};

/** How SEMS begins the text; which argument it was, and what was expected, follow. */
const textBegins: { readonly [code in ErrorCode]?: string } = {
  'rpc.tooFewArguments': 'Exception: AmArg out of bounds - parameter number mismatch.',
  'rpc.tooManyArguments': 'Exception: AmArg out of bounds - parameter number mismatch.',
  'rpc.wrongType': 'Exception: Type mismatch in arguments.',
};

/** @param name the function that was called, for the text. */
export function xmlFaultOf(error: CodedError, name: string): XmlFault {
  const code = error.row.xmlRpc;
  const whole = wholeTexts[error.code];
  if (whole !== undefined) return { code, text: whole(name) };
  const begin = textBegins[error.code];
  if (begin !== undefined) return { code, text: error.detail === '' ? begin : `${begin} ${error.detail}` };
  return { code, text: code === 500 ? `Exception: ${error.message}` : error.message };
}

/** SEMS's built-in methods refuse a wrong argument with -1 `type error` (di-interfaces 3.3). */
export function builtinFaultOf(error: CodedError, name: string): XmlFault {
  const isTypeFault = error.code === 'rpc.wrongType' || error.code === 'rpc.tooFewArguments';
  return isTypeFault ? { code: -1, text: `type error: ${error.detail}` } : xmlFaultOf(error, name);
}
