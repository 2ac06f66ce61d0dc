/**
 * Requests and replies of the XML-RPC client, by the npm package `xmlrpc`. The package's own transport is
 * left out: it has no time-out and no reply limit, and a reply without a fault value throws in a stream
 * event, where nobody can catch it. Driven by hand, the same throw is an ordinary error.
 */
import CustomType from 'xmlrpc/lib/customtype.js';
import Deserializer from 'xmlrpc/lib/deserializer.js';
import serializer from 'xmlrpc/lib/serializer.js';
import { type DiValue, Double, isStruct, maxDepth, setMember, toDi } from '../../core/di/index.ts';
import { asCodedError, CodedError } from '../../core/runtime/index.ts';

/** What a server answered. */
export type ClientReply =
  | { readonly kind: 'value'; readonly value: DiValue }
  | { readonly kind: 'fault'; readonly code: number; readonly text: string };

export function encodeCall(method: string, params: readonly DiValue[]): string {
  return serializer.serializeMethodCall(method, params.map(outgoing));
}

/** @throws CodedError `rpc.parse` for what is no XML-RPC reply. */
export function decodeReply(text: string): ClientReply {
  let reply: ClientReply | null = null;
  try {
    new Deserializer().deserializeMethodResponse(
      {
        setEncoding: () => {},
        on: () => {},
        pipe(parser) {
          parser.write(text);
          parser.end();
        },
      },
      (fault, result) => {
        reply ??= replyOf(fault, result);
      },
    );
  } catch (fault) {
    throw asCodedError(fault, 'rpc.parse');
  }
  if (reply === null) throw new CodedError('rpc.parse', 'the reply is not XML-RPC');
  return reply;
}

function replyOf(fault: unknown, result: unknown): ClientReply {
  if (fault === null || fault === undefined) return { kind: 'value', value: incoming(result, 0) };
  if (fault instanceof Error && 'faultCode' in fault && 'faultString' in fault)
    return { kind: 'fault', code: Number(fault.faultCode), text: String(fault.faultString) };
  throw asCodedError(fault, 'rpc.parse');
}

/** Exact types for what the package would guess. Undef is 0, as in SEMS. */
function outgoing(value: DiValue): unknown {
  if (value === null) return 0;
  if (value instanceof Double) return custom('double', value.value.toFixed(1));
  if (typeof value === 'bigint') return custom('i8', value.toString());
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(outgoing);
  if (!isStruct(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, outgoing(member)]));
}

function custom(tagName: string, raw: string): CustomType {
  const type = new CustomType(raw);
  type.tagName = tagName;
  return type;
}

/** The package gives dates as Date, and `i8` as text. */
function incoming(value: unknown, depth: number): DiValue {
  if (depth > maxDepth) throw new CodedError('rpc.parse', `the reply is nested more than ${maxDepth} deep`);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map((item) => incoming(item, depth + 1));
  if (typeof value !== 'object' || value === null) return toDi(value);
  const members: { [name: string]: DiValue } = {};
  for (const [name, member] of Object.entries(value)) setMember(members, name, incoming(member, depth + 1));
  return members;
}
