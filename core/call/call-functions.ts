/** `call.*`: one live call, whatever serves it: look, end, label, hold, transfer, play, press keys. */
import { arg, type Bus, CallTag, Int, opt, rowsFor, Text } from '../di/index.ts';
import { CodedError, type Disposable, DisposableStack, type Static, Type } from '../runtime/index.ts';
import type { LayeredCall } from './call.ts';
import { callNamed } from './call-lookup.ts';
import { CallRow, CallStateSchema, callExample, callRow, DirectionSchema } from './call-schemas.ts';
import type { Engine } from './engine.ts';
import { LabelsSchema, labelsOf, mergedLabels } from './labels.ts';
import { promptIn } from './prompt-folder.ts';
import { QualityHistory } from './quality-history.ts';

export interface CallFunctionsState {
  readonly engine: Engine;
  /** Folder of what `play` may play. */
  readonly playFolder: string;
  /** How the last calls sounded. */
  readonly quality: QualityHistory;
}

const { fn, defineFunctions } = rowsFor<CallFunctionsState>();
const read = 'call:read';
const control = 'call:control';
const done = [200, 'OK'] as const;

const CallName = Type.String({ minLength: 1, maxLength: 256, title: 'call tag, SIP Call-ID or trace id' });
const call = arg('call', CallName, 'Its tag, its SIP Call-ID or its trace id.');
const Done = Type.Array(Type.Union([Int, Text]), { description: '[200, OK].' });
const Filter = Type.Object(
  {
    application: Type.Optional(Text),
    account: Type.Optional(Text),
    direction: Type.Optional(DirectionSchema),
    state: Type.Optional(CallStateSchema),
  },
  { additionalProperties: false },
);
const SipUriText = Type.String({ minLength: 1, maxLength: 1024, pattern: '^[^\\u0000-\\u0020\\u007f]+$' });
const tag = callExample.call;
const Figure = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });
const Sample = Type.Object({
  atMs: Type.Number({ description: 'Unix time, ms.' }),
  mos: Figure('What we hear, 1 to 4.5.'),
  remoteMos: Figure('What the peer hears, by its reports.'),
  lossFraction: Figure('Lost or late, 0 to 1.'),
  jitterMs: Figure(''),
  roundTripMs: Figure('Null without RTCP of the peer.'),
  rxLevelDb: Figure('Received, dBov.'),
  txLevelDb: Figure('Sent, dBov.'),
});
/** Calls whose figures are kept, and samples of one of them. */
const qualityBounds = { calls: 500, samples: 240 };

export const callFunctions = defineFunctions({
  list: fn({
    summary: 'The live calls, oldest first; only those that fit the filter.',
    params: [
      opt('filter', Filter, 'Members that a call must have; default: all calls.'),
      opt('limit', Type.Integer({ minimum: 1, maximum: 100_000 }), 'At most that many; default 1000.'),
    ],
    result: Type.Array(CallRow),
    scope: read,
    examples: [{ params: [{ account: 'acme' }], result: [{ ...callExample }] }],
    handler: ({ state }, filter = {}, limit = 1000) =>
      state.engine
        .calls()
        .filter((each) => fits(each, filter))
        .slice(0, limit)
        .map(callRow),
  }),
  get: fn({
    summary: 'One live call.',
    params: [call],
    result: CallRow,
    scope: read,
    limit: 'call',
    examples: [{ params: [tag], result: { ...callExample } }],
    handler: ({ state }, id) => callRow(callNamed(state.engine, id)),
  }),
  quality: fn({
    summary: 'How a call sounds, or sounded: the figures of its call.quality events, oldest first.',
    description:
      'Of the last 500 calls, living and ended; of a long call every second one is left out, again and again.',
    params: [arg('call', CallTag, 'Its tag.')],
    result: Type.Array(Sample),
    scope: read,
    limit: 'call',
    examples: [
      {
        params: [tag],
        result: [
          {
            atMs: 1_790_000_005_000,
            mos: 4.4,
            remoteMos: 4.3,
            lossFraction: 0,
            jitterMs: 1.5,
            roundTripMs: 24,
            rxLevelDb: -21,
            txLevelDb: -24,
          },
        ],
      },
    ],
    handler: ({ state }, id) => [...state.quality.of(id)],
  }),
  end: fn({
    summary:
      'End a call: BYE, CANCEL or a refusal. 404: no such call; 409: it is ending already, or there are several.',
    params: [
      call,
      opt(
        'reason',
        Type.String({ maxLength: 200, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }),
        'For the why of its event.',
      ),
      opt('status', Type.Integer({ minimum: 400, maximum: 699 }), 'To a caller who is not answered yet; default 487.'),
    ],
    result: Done,
    scope: control,
    limit: 'call',
    examples: [{ params: [tag], result: [...done] }],
    handler({ state, caller }, id, reason, status) {
      const found = callNamed(state.engine, id);
      if (found.state === 'ending' || found.state === 'ended')
        throw new CodedError('call.wrongState', `${found.tag} is ending already`);
      const cause = `call.end by ${caller.name}${reason === undefined || reason === '' ? '' : `: ${reason}`}`;
      const why = { code: 'call.hangup', sentence: 'The call was ended over the bus.', cause };
      found.session.end(status === undefined ? { why } : { why, status });
      return [...done];
    },
  }),
  label: fn({
    summary: 'Say who pays for a call and what its events give back; what is left out stays.',
    params: [call, arg('labels', LabelsSchema, 'account, tariff, data; what is left out stays.')],
    result: LabelsSchema,
    scope: control,
    limit: 'call',
    examples: [{ params: [tag, { account: 'acme' }], result: { account: 'acme', tariff: 'flat' } }],
    handler({ state }, id, labels) {
      const found = callNamed(state.engine, id);
      found.labels = mergedLabels(found.labels, labelsOf(labels));
      return found.labels;
    },
  }),
  hold: fn({
    summary: 'Put the other side on hold.',
    params: [
      call,
      opt(
        'direction',
        Type.Union([Type.Literal('sendonly'), Type.Literal('inactive')]),
        'sendonly (default): it hears what is played.',
      ),
    ],
    result: Done,
    scope: control,
    limit: 'call',
    examples: [{ params: [tag], result: [...done] }],
    async handler({ state }, id, direction = 'sendonly') {
      await ownCall(state, id).hold({ direction });
      return [...done];
    },
  }),
  resume: fn({
    summary: 'Take the other side off hold.',
    params: [call],
    result: Done,
    scope: control,
    limit: 'call',
    examples: [{ params: [tag], result: [...done] }],
    async handler({ state }, id) {
      await ownCall(state, id).resume();
      return [...done];
    },
  }),
  transfer: fn({
    summary: 'Ask the other side to call somebody else (REFER); the call ends when that one answered.',
    params: [
      call,
      arg('uri', SipUriText, 'Whom; passes the dial rules.'),
      opt(
        'until',
        Type.Union([Type.Literal('accepted'), Type.Literal('completed')]),
        'What to wait for; default accepted.',
      ),
    ],
    result: Done,
    scope: control,
    limit: 'call',
    examples: [{ params: [tag, 'sip:bob@b.example'], result: [...done] }],
    async handler({ state }, id, uri, until = 'accepted') {
      await ownCall(state, id).transfer(uri, { until });
      return [...done];
    },
  }),
  play: fn({
    summary: 'Play a prompt to a call, before whatever plays; what it heard goes on afterwards. Gives its number.',
    params: [call, arg('prompt', Type.String({ minLength: 1, maxLength: 255 }), 'Name of a file in calls.playPath.')],
    result: Int,
    scope: control,
    limit: 'call',
    examples: [{ params: [tag, 'warning.wav'], result: 3 }],
    async handler({ state }, id, name) {
      const found = ownCall(state, id);
      const prompt = await state.engine.prompt(promptIn(state.playFolder, name));
      const request = { kind: 'prompt', prompt: prompt.id, loop: false } as const;
      const { item, ended } = found.playItem(request, { where: 'front' });
      ended.catch(() => {});
      return item;
    },
  }),
  sendKeys: fn({
    summary: 'Press keys towards the other side.',
    params: [
      call,
      arg('keys', Type.String({ maxLength: 128, pattern: '^[0-9*#A-Da-d]+$' }), '0-9 * # A-D, in that order.'),
      opt(
        'method',
        Type.Union([Type.Literal('auto'), Type.Literal('rtp'), Type.Literal('inband'), Type.Literal('info')]),
        'auto (default): RFC 4733 events where they were agreed, else tones.',
      ),
    ],
    result: Done,
    scope: control,
    limit: 'call',
    examples: [{ params: [tag, '4711#'], result: [...done] }],
    handler({ state }, id, keys, method = 'auto') {
      const found = ownCall(state, id);
      if (found.state !== 'connected') throw new CodedError('call.wrongState', 'the call is not answered');
      found.sendKeys(keys, { method });
      return [...done];
    },
  }),
});

/** Registers the functions as `call`, and begins to keep how calls sound. */
export function registerCallFunctions(bus: Bus, parts: Omit<CallFunctionsState, 'quality'>): Disposable {
  const quality = new QualityHistory(qualityBounds);
  const registrations = new DisposableStack();
  registrations.use(bus.subscribe('call.quality', ['*:*'], (event) => quality.add(event)));
  registrations.use(bus.register('call', callFunctions, { ...parts, quality }));
  return registrations;
}

/** A call whose session is ours. A coupled leg's belongs to the two at its ends: an offer of ours would cross theirs. */
function ownCall({ engine }: CallFunctionsState, id: string): LayeredCall {
  const found = callNamed(engine, id);
  if (engine.couplings.has(found.tag))
    throw new CodedError(
      'call.wrongState',
      `${found.tag} is a leg of a coupled call, whose ends speak with each other`,
    );
  return found;
}

function fits(each: LayeredCall, { application, account, direction, state }: Static<typeof Filter>): boolean {
  return (
    (application === undefined || each.application === application) &&
    (account === undefined || each.labels.account === account) &&
    (direction === undefined || each.direction === direction) &&
    (state === undefined || each.state === state)
  );
}
