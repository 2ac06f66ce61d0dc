import { arg, CodedError, type Coupling, rowsFor, Type } from '../../core/index.ts';

export interface B2buaState {
  /** Coupled calls by the tag of their first leg. */
  readonly couplings: Map<string, Coupling>;
}

const { fn, defineFunctions } = rowsFor<B2buaState>();

const Tag = Type.String({ minLength: 1, maxLength: 128 });
const CoupledCall = Type.Object({
  a: Type.String({ description: 'Tag of the leg that called us.' }),
  b: Type.String({ description: 'Tag of the leg that we placed; empty before.' }),
  from: Type.String(),
  to: Type.String(),
  ruri: Type.String({ description: 'Request-URI of the caller.' }),
  target: Type.String({ description: 'Request-URI towards the callee.' }),
  state: Type.String({ description: 'Of the first leg: new, early, connected, ending.' }),
  trace: Type.String(),
});

export const functions = defineFunctions({
  list: fn({
    summary: 'The calls that are connected now or being connected.',
    params: [],
    result: Type.Array(CoupledCall),
    scope: 'b2bua:read',
    examples: [
      {
        params: [],
        result: [
          {
            a: '6f0c2b3d4e5f60718293a4b5',
            b: '9a1be07744c2d5f8036192ab',
            from: '<sip:joe@example.org>',
            to: '<sip:alice@example.net>',
            ruri: 'sip:alice@example.net',
            target: 'sip:alice@192.0.2.10:5060',
            state: 'connected',
            trace: '0a1b2c3d4e5f6071',
          },
        ],
      },
    ],
    handler: ({ state }) =>
      [...state.couplings.values()].map(({ a, b }) => ({
        a: a.tag,
        b: b?.tag ?? '',
        from: a.from,
        to: a.to,
        ruri: a.ruri,
        target: b?.ruri ?? '',
        state: a.state,
        trace: a.traceId,
      })),
  }),
  end: fn({
    summary: 'End a call: both legs.',
    params: [arg('tag', Tag, 'Tag of either leg.')],
    result: Type.Array(Type.Union([Type.Integer(), Type.String()]), { description: '[200, OK].' }),
    scope: 'b2bua:control',
    examples: [{ params: ['6f0c2b3d4e5f60718293a4b5'], result: [200, 'OK'] }],
    handler({ state }, tag) {
      const coupling =
        state.couplings.get(tag) ?? [...state.couplings.values()].find(({ b }) => b !== null && b.tag === tag);
      if (coupling === undefined) throw new CodedError('call.unknown', tag);
      coupling.end({ code: 'call.hangup', sentence: 'An operator ended the call.' });
      return [200, 'OK'];
    },
  }),
});
