/** A confirmed dialog as plain JSON and back. */
import { CodedError, fitsSchema, Type } from '../runtime/index.ts';
import type { DialogData } from './dialog-data.ts';
import { normalHeaderName } from './header-names.ts';
import { ParsedRequest } from './message.ts';
import { parseMessage } from './parse-message.ts';
import { buildRequest } from './print.ts';
import type { SessionTimerRecord } from './session-timer-dialog.ts';
import type { DialogSnapshot, Flow, SipRequest } from './types.ts';

export interface DialogRecord {
  readonly role: 'caller' | 'callee';
  readonly data: DialogData;
  readonly flow: Flow;
  readonly invite: SipRequest;
  readonly timer: SessionTimerRecord | null;
}

const EndpointSchema = Type.Object({ address: Type.String(), port: Type.Integer() });

const RecordSchema = Type.Object({
  role: Type.Union([Type.Literal('caller'), Type.Literal('callee')]),
  data: Type.Object({
    callId: Type.String(),
    localTag: Type.String(),
    remoteTag: Type.String(),
    localParty: Type.String(),
    remoteParty: Type.String(),
    localCseq: Type.Integer(),
    remoteCseq: Type.Union([Type.Integer(), Type.Null()]),
    inviteCseq: Type.Integer(),
    remoteTarget: Type.String(),
    routeSet: Type.Array(Type.String()),
  }),
  flow: Type.Object({
    transport: Type.Union([
      Type.Literal('udp'),
      Type.Literal('tcp'),
      Type.Literal('tls'),
      Type.Literal('ws'),
      Type.Literal('wss'),
    ]),
    local: EndpointSchema,
    remote: EndpointSchema,
    trusted: Type.Boolean(),
  }),
  /** The INVITE, printed, in base64. */
  invite: Type.String(),
  /** Absent in snapshots of older versions. */
  timer: Type.Optional(
    Type.Union([
      Type.Null(),
      Type.Object({
        seconds: Type.Integer({ minimum: 1 }),
        refresher: Type.Union([Type.Literal('us'), Type.Literal('them')]),
        expiresAtMs: Type.Number(),
      }),
    ]),
  ),
});

/** Writes a dialog. A connection does not outlive its process, so its id is left out. */
export function writeSnapshot({ role, data, flow, invite, timer }: DialogRecord): DialogSnapshot {
  const { transport, local, remote, trusted } = flow;
  return {
    version: 1,
    data: {
      role,
      data: { ...data, routeSet: [...data.routeSet] },
      flow: { transport, local: { ...local }, remote: { ...remote }, trusted },
      invite: Buffer.from(printRequest(invite)).toString('base64'),
      timer: timer === null ? null : { ...timer },
    },
  };
}

/** Reads what `writeSnapshot` wrote. @throws CodedError `sip.malformed`. */
export function readSnapshot(snapshot: DialogSnapshot): DialogRecord & { readonly invite: ParsedRequest } {
  const { data, version } = snapshot;
  if (version !== 1 || !fitsSchema(RecordSchema, data))
    throw new CodedError('sip.malformed', 'not the snapshot of a dialog');
  const invite = parseMessage(Buffer.from(data.invite, 'base64'));
  if (!(invite instanceof ParsedRequest)) throw new CodedError('sip.malformed', 'the INVITE of a dialog snapshot');
  return {
    role: data.role,
    data: data.data,
    flow: { ...data.flow, connectionId: 0 },
    invite,
    timer: data.timer ?? null,
  };
}

function printRequest(request: SipRequest): Uint8Array {
  const { method, uri, body } = request;
  const headers = request.allHeaders().filter(([name]) => !bodyHeaders.has(normalHeaderName(name)));
  const contentType = request.header('content-type');
  const sent = contentType === null ? null : { contentType, content: body };
  return buildRequest({ method, uri, headers, body: sent });
}

/** Printed from the body itself. */
const bodyHeaders: ReadonlySet<string> = new Set(['content-type', 'content-length']);
