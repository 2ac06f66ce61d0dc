import { arg, Bool, CodedError, Int, opt, rowsFor, Text, Type } from '../../core/index.ts';
import type { Dials } from './dials.ts';
import { DialRow, Order } from './schemas.ts';

const { fn, defineFunctions } = rowsFor<Dials>();

const dial = arg('dial', Type.String({ minLength: 1, maxLength: 128, description: 'What dial gave.' }));
const id = '3f6c1e0b9a7d5c42b1e8f0a3';
const a = '6f0c2b3d4e5f60718293a4b5';

export const functions = defineFunctions({
  dial: fn({
    summary:
      'Call A, and when it has answered B, or an application; connect them. Gives the id of the dial and A’s tag.',
    description:
      'Answers as soon as the INVITE to A is on its way; what becomes of it is told by click_to_dial.progress. A ' +
      'repetition with the same idempotencyKey dials nobody, and gives the first answer with repeated true.',
    params: [arg('order', Order, 'Whom to call, and how.')],
    result: Type.Object({
      dial: Text,
      a: Type.String({ description: 'Call tag of A.' }),
      repeated: Type.Optional(Bool),
    }),
    scope: 'click_to_dial:control',
    examples: [
      {
        params: [{ a: 'sip:alice@127.0.0.1:5070', b: 'sip:bob@127.0.0.1:5071', labels: { account: 'acme' } }],
        result: { dial: id, a },
      },
      { params: [{ a: 'sip:alice@127.0.0.1:5070', application: 'conference', user: '4711' }], result: { dial: id, a } },
    ],
    async handler({ state, caller }, order) {
      const { dial, repeated } = await state.dial(order, caller.name);
      return { dial: dial.id, a: dial.state.a, ...(repeated ? { repeated } : {}) };
    },
  }),
  cancel: fn({
    summary: 'End a dial in whatever phase, with all its calls. 404: no such dial; 409: it is over.',
    params: [dial],
    result: Type.Array(Type.Union([Int, Text]), { description: '[200, OK].' }),
    scope: 'click_to_dial:control',
    examples: [{ params: [id], result: [200, 'OK'] }],
    handler({ state, caller }, id) {
      const found = state.find(id);
      if (found.over) throw new CodedError('dial.over', id);
      found.cancel(caller.name);
      return [200, 'OK'];
    },
  }),
  status: fn({
    summary: 'How far a dial is, or how it ended.',
    params: [dial],
    result: DialRow,
    scope: 'click_to_dial:read',
    examples: [
      {
        params: [id],
        result: { dial: id, phase: 'ringingA', a, account: 'acme', startedAtMs: 1_790_000_000_000 },
      },
    ],
    handler: ({ state }, id) => state.find(id).state,
  }),
  list: fn({
    summary: 'Dials that run and that ended lately, oldest first.',
    params: [opt('limit', Type.Integer({ minimum: 1, maximum: 10_000 }), 'Only the newest so many; default 1000.')],
    result: Type.Array(DialRow),
    scope: 'click_to_dial:read',
    examples: [
      { params: [], result: [{ dial: id, phase: 'ringingA', a, account: 'acme', startedAtMs: 1_790_000_000_000 }] },
    ],
    handler: ({ state }, limit = 1000) =>
      state
        .list()
        .slice(-limit)
        .map((each) => each.state),
  }),
});
