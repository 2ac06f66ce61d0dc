import { Text } from '../di/index.ts';
import { formatEndpoint, type Static, Type } from '../runtime/index.ts';
import type { LayeredCall } from './call.ts';
import { codecOf } from './feed.ts';
import { LabelsSchema } from './labels.ts';

export const CallStateSchema = Type.Union([
  Type.Literal('new'),
  Type.Literal('early'),
  Type.Literal('connected'),
  Type.Literal('ending'),
  Type.Literal('ended'),
]);
export const DirectionSchema = Type.Union([Type.Literal('in'), Type.Literal('out')]);

/** A call as `call.list` and `call.get` give it. */
export const CallRow = Type.Object({
  call: Type.String({ description: 'Call tag: our local SIP tag.' }),
  trace: Type.String({ description: 'Shared by all legs of one service.' }),
  direction: DirectionSchema,
  state: CallStateSchema,
  application: Text,
  from: Type.String({ description: 'From header value.' }),
  to: Type.String({ description: 'To header value.' }),
  ruri: Type.String({ description: 'Request-URI.' }),
  sipCallId: Text,
  peer: Type.String({ description: 'address:port of the other side in SIP; empty while it is not known.' }),
  codec: Type.String({ description: 'For example PCMU/8000; empty without media.' }),
  startedAtMs: Type.Number({ description: 'Unix time, ms.' }),
  answeredAtMs: Type.Optional(Type.Number()),
  other: Type.Optional(Type.String({ description: 'Tag of the other leg.' })),
  ...LabelsSchema.properties,
});

export const callExample = {
  call: '6f0c2b3d4e5f60718293a4b5',
  trace: '0a1b2c3d4e5f6071',
  direction: 'in',
  state: 'connected',
  application: 'conference',
  from: '"Alice" <sip:alice@a.example>;tag=77',
  to: '<sip:500@callbus.example>',
  ruri: 'sip:500@callbus.example',
  sipCallId: 'a84b4c76e66710',
  peer: '192.0.2.10:5060',
  codec: 'PCMA/8000',
  startedAtMs: 1_790_000_000_000,
  answeredAtMs: 1_790_000_000_120,
  account: 'acme',
} as const;

export function callRow(call: LayeredCall): Static<typeof CallRow> {
  const { session, labels } = call;
  const { answeredAtMs, otherTag, dialog } = session;
  const { remote } = dialog.flow;
  return {
    call: call.tag,
    trace: call.traceId,
    direction: call.direction,
    state: call.state,
    application: call.application,
    from: call.from,
    to: call.to,
    ruri: call.ruri,
    sipCallId: dialog.ids.callId,
    peer: remote.address === '' ? '' : formatEndpoint(remote),
    codec: codecOf(session),
    startedAtMs: session.startedAtMs,
    ...(answeredAtMs === null ? {} : { answeredAtMs }),
    ...(otherTag === null ? {} : { other: otherTag }),
    ...labels,
  };
}
