/** `routing.*`: which application serves a call, changed while the server runs and kept over restarts. */
import { arg, type Bus, type DiStruct, Int, opt, rowsFor, Struct, Text } from '../di/index.ts';
import {
  CodedError,
  type Disposable,
  isRecord,
  type Log,
  type OneAtATime,
  oneAtATime,
  type Random,
  type Static,
  secureToken,
  Type,
} from '../runtime/index.ts';
import type { KeyValueStore } from '../storage/types.ts';
import { type CallsConfig, type RoutingConfig, type RoutingRule, RoutingRuleSchema } from './config.ts';
import { LabelsSchema } from './labels.ts';
import type { AddedRule, RoutingTable, RulePlace } from './routing-table.ts';

/** What `routing.reload` takes over. */
export interface RoutingParts {
  readonly routing: RoutingConfig;
  readonly calls: Pick<CallsConfig, 'mapping'>;
}

export interface RoutingState {
  readonly table: RoutingTable;
  readonly store: KeyValueStore;
  readonly random: Random;
  /** Changes: two at once must not get the same place, nor leave the store other than the table. */
  readonly change: OneAtATime;
  isLoaded(application: string): boolean;
  /** Is an address in `sip.trusted`? */
  isTrusted(address: string): boolean;
  /** Reads the configuration again; null: there is none that could have changed. */
  readonly readConfig: (() => Promise<RoutingParts>) | null;
}

const { fn, defineFunctions } = rowsFor<RoutingState>();
const read = 'routing:read';
const control = 'routing:control';

const Id = Type.String({ minLength: 1, maxLength: 64, description: 'Letters, digits, - and _.' });
const Place = Type.Union([Type.Literal('before'), Type.Literal('after')]);
const Outcome = Type.Union([
  Type.Literal('chosen'),
  Type.Literal('notReached'),
  Type.Literal('noMatch'),
  Type.Literal('noApplication'),
  Type.Literal('notLoaded'),
]);

const RuleRow = Type.Object({
  id: Type.String({ description: 'routing[n]: a rule of the configuration.' }),
  origin: Type.Union([Type.Literal('configuration'), Type.Literal('added')]),
  place: Type.Optional(Place),
  ...RoutingRuleSchema.properties,
});

const TestResult = Type.Object({
  status: Type.Unsafe<number>({ ...Int, description: '200, or 404: nothing serves that call.' }),
  reason: Text,
  application: Type.Optional(Text),
  rule: Type.Optional(Type.String({ description: 'Id of the rule that was chosen.' })),
  labels: Type.Optional(LabelsSchema),
  ignored: Type.Array(Text, { description: 'Headers that a stranger may not set.' }),
  rules: Type.Array(Type.Object({ rule: Text, outcome: Outcome, why: Text }), {
    description: 'Every rule in the order in which it is asked, and what became of it.',
  }),
});

const sales = { match: '^sip:sales-(.*)@', application: 'conference', account: '\\1' };

export const routingFunctions = defineFunctions({
  list: fn({
    summary: 'The rules in the order in which they are asked.',
    params: [],
    result: Type.Array(RuleRow),
    scope: read,
    examples: [{ params: [], result: [{ id: 'routing[0]', origin: 'configuration', application: '$(apphdr)' }] }],
    handler: ({ state }) => state.table.list(),
  }),
  test: fn({
    summary: 'Which application would serve a call, by which rule, and why not by the others.',
    params: [
      arg('uri', Type.String({ minLength: 1, maxLength: 8192 }), 'Request-URI.'),
      opt('headers', Struct, 'Headers of the INVITE, by name.'),
      opt('source', Type.String({ maxLength: 64 }), 'Address of the sender; default: one in sip.trusted.'),
    ],
    result: TestResult,
    scope: read,
    examples: [
      {
        params: ['sip:echo@192.0.2.1'],
        result: {
          status: 200,
          reason: 'OK',
          application: 'echo',
          rule: 'routing[1]',
          labels: {},
          ignored: [],
          rules: [
            { rule: 'routing[0]', outcome: 'noApplication', why: '$(apphdr) gives no name for this call' },
            { rule: 'routing[1]', outcome: 'chosen', why: 'leads to echo' },
          ],
        },
      },
    ],
    handler: ({ state }, uri, headers, source) => testOf(state, uri, headers ?? {}, source ?? null),
  }),
  add: fn({
    summary: 'Add a rule, or replace an added one; counts for the next call and after restarts.',
    params: [
      arg('rule', RoutingRuleSchema, 'As in the configuration: what it matches, and the application.'),
      opt('place', Place, 'before or after the rules of the configuration; default after.'),
      opt('id', Id, 'Default: a new one.'),
    ],
    result: RuleRow,
    scope: control,
    examples: [
      { params: [sales, 'before', 'sales'], result: { id: 'sales', origin: 'added', place: 'before', ...sales } },
    ],
    handler({ state }, rule, place = 'after', id = secureToken(state.random, 6)) {
      const added: AddedRule = { id, place, rule };
      return state.change(async () => {
        state.table.check(added);
        await state.store.set(id, { place, rule, order: await orderOf(state, id) });
        state.table.add(added);
        return { id, origin: 'added' as const, place, ...rule };
      });
    },
  }),
  remove: fn({
    summary: 'Take away an added rule. Calls that run go on.',
    params: [arg('id', Id)],
    result: Text,
    scope: control,
    examples: [{ params: ['sales'], result: '200 OK' }],
    handler({ state }, id) {
      return state.change(async () => {
        state.table.checkRemovable(id);
        await state.store.delete(id);
        state.table.remove(id);
        return '200 OK';
      });
    },
  }),
  reload: fn({
    summary: 'Read routing and calls.mapping of the configuration file again; gives the rules.',
    description: 'A file with a fault changes nothing. Added rules stay.',
    params: [],
    result: Type.Array(RuleRow),
    scope: control,
    examples: [{ params: [], result: [{ id: 'routing[0]', origin: 'configuration', application: '$(apphdr)' }] }],
    async handler({ state }) {
      if (state.readConfig === null)
        throw new CodedError('file.missing', 'the server runs without a configuration file');
      const { routing, calls } = await state.readConfig();
      state.table.configure(routing, calls.mapping);
      return state.table.list();
    },
  }),
});

/** Takes over what is stored, and registers the functions. */
export async function registerRouting(bus: Bus, parts: Omit<RoutingState, 'change'>, log: Log): Promise<Disposable> {
  const state: RoutingState = { ...parts, change: oneAtATime() };
  const stored = (await state.store.list()).map(({ key, value }) => ({ id: key, ...storedRule(value) }));
  for (const { id, place, rule } of stored.sort((a, b) => a.order - b.order)) {
    try {
      if (rule === null) throw new CodedError('storage.failed', 'not a routing rule');
      state.table.add({ id, place, rule });
    } catch (fault) {
      log.error('a stored routing rule cannot be used', { rule: id, fault: String(fault) });
    }
  }
  return bus.register('routing', routingFunctions, state);
}

function testOf(
  { table, isLoaded, isTrusted }: RoutingState,
  uri: string,
  headers: DiStruct,
  source: string | null,
): Static<typeof TestResult> {
  const [name, value] = Object.entries(headers).find(([each]) => each.toLowerCase() === 'p-app-name') ?? [];
  const believed = source === null || isTrusted(source);
  const request = { uri, applicationHeader: believed && typeof value === 'string' ? value : null };
  const routed = table.route(request, isLoaded);
  const common = {
    ignored: name === undefined || believed ? [] : [name],
    rules: table.explain(request, isLoaded).map((each) => ({ ...each })),
  };
  if (routed === null) return { status: 404, reason: table.notFoundReason(isLoaded), ...common };
  const { application, rule, labels } = routed;
  return { status: 200, reason: 'OK', application, rule, labels, ...common };
}

/** Where it stands among the added ones: a replaced rule keeps its place. */
async function orderOf({ store }: RoutingState, id: string): Promise<number> {
  const stored = (await store.list()).map(({ key, value }) => ({ key, order: storedRule(value).order }));
  return stored.find(({ key }) => key === id)?.order ?? Math.max(0, ...stored.map(({ order }) => order)) + 1;
}

function storedRule(value: unknown): { place: RulePlace; rule: RoutingRule | null; order: number } {
  const { place, rule, order } = isRecord(value) ? value : {};
  return {
    place: place === 'before' ? 'before' : 'after',
    rule: isRecord(rule) ? ruleOf(rule) : null,
    order: typeof order === 'number' ? order : 0,
  };
}

function ruleOf({ match, application, account, tariff }: { readonly [key: string]: unknown }): RoutingRule | null {
  if (typeof application !== 'string') return null;
  return {
    application,
    ...(typeof match === 'string' ? { match } : {}),
    ...(typeof account === 'string' ? { account } : {}),
    ...(typeof tariff === 'string' ? { tariff } : {}),
  };
}
