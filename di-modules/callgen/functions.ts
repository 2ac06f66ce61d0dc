import { arg, opt, rowsFor, Type, Void } from '../../core/index.ts';
import type { CallGenerator, CallPlan } from './generator.ts';

const { fn, defineFunctions } = rowsFor<CallGenerator>();

const Count = Type.Integer({ minimum: 0, maximum: 1_000_000 });
const Seconds = Type.Integer({ minimum: 0, maximum: 86_400 });
const Digits = Type.Integer({ minimum: 0, maximum: 64 });
const One = Type.Tuple([Type.String()]);

/** `iiissiiii`, as SEMS asserts. */
const plan = [
  arg('calls', Count, 'Number of calls.'),
  arg('waitBase', Seconds, 'Seconds between two calls …'),
  arg('waitRandom', Seconds, '… plus 0 to this less 1.'),
  arg('user', Type.String({ maxLength: 128, pattern: '^[A-Za-z0-9+*#._!~-]*$' }), 'User part of the Request-URI.'),
  arg('host', Type.String({ minLength: 1, maxLength: 255, pattern: '^[A-Za-z0-9.\\-\\[\\]:]+$' }), 'Its host[:port].'),
  arg('userDigits', Digits, 'Random digits appended to the user.'),
  arg('playDigits', Digits, 'Random digits, and #, played to the callee; 0: none.'),
  arg('timeBase', Seconds, 'Seconds that a call lasts once answered …'),
  arg('timeRandom', Seconds, '… plus 0 to this less 1.'),
] as const;
const callsPerSecond = opt('callsPerSecond', Type.Integer({ minimum: 1, maximum: 1000 }), 'Default 1.');
const scope = 'callgen:control';

const usage = [
  'createCalls <calls> <wait base> <wait random> <user> <host> <user digits> <play digits> <time base> <time random>',
  'scheduleCalls … [calls per second]',
  'setTarget … [calls per second]',
  'callGenStats',
  '',
].join('\n');

type PlanArguments = readonly [
  number,
  number,
  number,
  string,
  string,
  number,
  number,
  number,
  number,
  (number | undefined)?,
];

function planOf(args: PlanArguments, caller: string): CallPlan {
  const [calls, waitBaseS, waitRandomS, user, host, userDigits, playDigits, timeBaseS, timeRandomS, perSecond = 1] =
    args;
  const times = { waitBaseS, waitRandomS, timeBaseS, timeRandomS };
  return { calls, user, host, userDigits, playDigits, ...times, callsPerSecond: perSecond, origin: `rpc:${caller}` };
}

/** SEMS's `callgen` (di-interfaces 5.4). */
export const functions = defineFunctions({
  createCalls: fn({
    summary: 'Place calls one after the other; gives [0, "OK"] once the first is on its way.',
    params: plan,
    result: Type.Tuple([Type.Integer(), Type.String()]),
    scope,
    examples: [{ params: [10, 1, 0, 'test', '192.0.2.10', 0, 4, 30, 10], result: [0, 'OK'] }],
    handler({ state, caller }, ...args) {
      state.create(planOf(args, caller.name));
      return [0, 'OK'];
    },
  }),
  scheduleCalls: fn({
    summary: 'Place calls, so many a second.',
    params: [...plan, callsPerSecond],
    result: Void,
    scope,
    examples: [{ params: [10, 1, 0, 'test', '192.0.2.10', 0, 4, 30, 10, 2], result: null }],
    handler({ state, caller }, ...args) {
      state.schedule(planOf(args, caller.name));
      return null;
    },
  }),
  setTarget: fn({
    summary: 'Keep that many calls active, topped up every second; 0: no more.',
    params: [...plan, callsPerSecond],
    result: Void,
    scope,
    examples: [{ params: [10, 1, 0, 'test', '192.0.2.10', 0, 4, 30, 10, 2], result: null }],
    handler({ state, caller }, ...args) {
      state.setTarget(planOf(args, caller.name));
      return null;
    },
  }),
  callGenStats: fn({
    summary: 'Active calls, target, scheduled calls, calls in all.',
    params: [],
    result: One,
    scope: 'callgen:read',
    examples: [
      {
        params: [],
        result: ['CallGen statistics: \n 3 active calls\n 10 current target\n 0 scheduled\n 17 total calls\n '],
      },
    ],
    handler({ state }) {
      const { active, target, scheduled, total } = state.figures;
      return [
        `CallGen statistics: \n ${active} active calls\n ${target} current target\n ${scheduled} scheduled\n ${total} total calls\n `,
      ];
    },
  }),
  help: fn({
    summary: 'How to call these functions.',
    params: [],
    result: One,
    scope: 'callgen:read',
    examples: [{ params: [], result: [usage] }],
    handler: () => [usage],
  }),
  stop: fn({
    summary: 'Forget what is scheduled, and end the calls.',
    params: [],
    result: Void,
    scope,
    listed: false,
    examples: [{ params: [], result: null }],
    handler({ state }) {
      state.stop();
      return null;
    },
  }),
});
