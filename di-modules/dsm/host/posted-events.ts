/** What reaches a script by its queue, from outside the call, as events of scripts (reference/dsm 3.2). */
import { type DiValue, type DsmEventType, isStruct } from '../../../core/index.ts';
import { flatten } from '../engine/index.ts';
import { type Parameters, unpackParameters } from './call-events.ts';
import { dsmEvent } from './event-queues.ts';

export interface ScriptEvent {
  readonly type: DsmEventType;
  readonly parameters: Parameters | null;
  /** There while it is processed. */
  readonly objects?: { readonly [name: string]: unknown };
}

/** Names of the events of the module `jsonrpc` (di-interfaces 4.3). */
export function postedEvent(name: string, data: DiValue): ScriptEvent {
  if (name === dsmEvent) return { type: 'DSMEvent', parameters: unpackParameters(data) };
  const fields = isStruct(data) ? data : {};
  if (name === 'jsonrpc.request') return jsonRpcRequest(fields);
  if (name === 'jsonrpc.response') return jsonRpcResponse(fields);
  return {
    type: 'DSMEvent',
    parameters: new Map([['type', name], ...Object.entries(fields).flatMap(([key, value]) => flatten(key, value))]),
  };
}

type Fields = { readonly [member: string]: DiValue };

function jsonRpcRequest({ method = '', id = '', params = null }: Fields): ScriptEvent {
  const isNotify = id === '' || id === null;
  return {
    type: 'JsonRpcRequest',
    parameters: new Map([
      ['ev_type', 'JsonRpcRequest'],
      ['is_notify', String(isNotify)],
      ['method', String(method)],
      ...(isNotify ? [] : ([['id', String(id)]] as const)),
      ...flatten('params', params),
    ]),
    objects: { JsonRpcRequestParameters: params },
  };
}

function jsonRpcResponse({ id = '', isError = false, value = null, userData = null }: Fields): ScriptEvent {
  return {
    type: 'JsonRpcResponse',
    parameters: new Map([
      ['ev_type', 'JsonRpcResponse'],
      ['id', String(id)],
      ['is_error', String(isError === true)],
      ...flatten(isError === true ? 'error' : 'result', value),
      ...flatten('udata', userData),
    ]),
    objects: { JsonRpcResponseParameters: value, JsonRpcResponseUData: userData },
  };
}
