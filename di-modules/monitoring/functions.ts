import {
  Any,
  arg,
  CodedError,
  type DiValue,
  Int,
  List,
  rest,
  rowsFor,
  Struct,
  Text,
  Type,
  Void,
} from '../../core/index.ts';
import { compileBasicRegex } from './posix-basic.ts';
import { attributesOf } from './record.ts';
import type { Condition } from './record-store.ts';
import { Ids, Ok, ok } from './replies.ts';
import { sampleFunctions } from './sample-functions.ts';
import type { MonitoringState } from './state.ts';
import { isList } from './value-equality.ts';

const { fn, defineFunctions } = rowsFor<MonitoringState>();

const id = arg('id', Text, 'Normally the call tag.');
const attribute = arg('attribute', Text, 'Its name.');
const Pairs = Type.Array(Type.Unsafe<[string, DiValue]>({ type: 'array', items: {} }));
const conditions = rest('conditions', List, '[attribute, value]: it has exactly that value and type.');

/** The record's attributes and the lists of ids (di-interfaces 5.1). */
const recordFunctions = defineFunctions({
  log: fn({
    summary: 'Set attributes of a record.',
    params: [id, rest('pairs', Any, 'Attribute, value, attribute, value …')],
    result: Ok,
    scope: 'monitoring:control',
    aliases: ['set'],
    examples: [{ params: ['4A3F…', 'customer', 'joe', 'tariff', 3], result: [0, 'OK'] }],
    handler({ state }, id, ...values) {
      state.records.set(id, pairsOf(values));
      return ok;
    },
  }),
  logAdd: fn({
    summary: 'Append a value to an attribute, which becomes a list.',
    params: [id, attribute, arg('value', Any, 'Any value.')],
    result: Ok,
    scope: 'monitoring:control',
    aliases: ['add'],
    examples: [{ params: ['4A3F…', 'dsm_stategraph', 'main/RINGING'], result: [0, 'OK'] }],
    handler({ state }, id, attribute, value) {
      state.records.append(id, attribute, value);
      return ok;
    },
  }),
  inc: fn({
    summary: 'Add one to an integer attribute.',
    params: [id, attribute],
    result: Ok,
    scope: 'monitoring:control',
    examples: [{ params: ['gateway1', 'calls'], result: [0, 'OK'] }],
    handler({ state }, id, attribute) {
      state.records.count(id, attribute, 1);
      return ok;
    },
  }),
  dec: fn({
    summary: 'Take one from an integer attribute.',
    params: [id, attribute],
    result: Ok,
    scope: 'monitoring:control',
    examples: [{ params: ['gateway1', 'calls'], result: [0, 'OK'] }],
    handler({ state }, id, attribute) {
      state.records.count(id, attribute, -1);
      return ok;
    },
  }),
  addCount: fn({
    summary: 'Add an amount to an integer attribute.',
    params: [id, attribute, arg('amount', Int, 'May be negative.')],
    result: Ok,
    scope: 'monitoring:control',
    listed: false,
    examples: [{ params: ['gateway1', 'calls', 5], result: [0, 'OK'] }],
    handler({ state }, id, attribute, amount) {
      state.records.count(id, attribute, amount);
      return ok;
    },
  }),
  markFinished: fn({
    summary: 'Mark a record finished now, unless it is already.',
    params: [id],
    result: Ok,
    scope: 'monitoring:control',
    examples: [{ params: ['4A3F…'], result: [0, 'OK'] }],
    handler({ state }, id) {
      state.records.markFinished(id);
      return ok;
    },
  }),
  setExpiration: fn({
    summary: 'Set when a record is finished.',
    params: [id, arg('time', Int, 'Unix seconds; 0: active again; may lie in the future.')],
    result: Ok,
    scope: 'monitoring:control',
    examples: [{ params: ['4A3F…', 1_790_000_000], result: [0, 'OK'] }],
    handler({ state }, id, time) {
      state.records.setExpiration(id, time * 1000);
      return ok;
    },
  }),
  erase: fn({
    summary: 'Erase one record and its samples.',
    params: [id],
    result: Ok,
    scope: 'monitoring:control',
    examples: [{ params: ['4A3F…'], result: [0, 'OK'] }],
    handler({ state }, id) {
      state.records.erase(id);
      return ok;
    },
  }),
  clear: fn({
    summary: 'Erase everything.',
    params: [],
    result: Ok,
    scope: 'monitoring:control',
    examples: [{ params: [], result: [0, 'OK'] }],
    handler({ state }) {
      state.records.clear();
      state.samples.clear();
      return ok;
    },
  }),
  clearFinished: fn({
    summary: 'Erase the finished records and their samples.',
    params: [],
    result: Ok,
    scope: 'monitoring:control',
    examples: [{ params: [], result: [0, 'OK'] }],
    handler({ state }) {
      state.records.clearFinished();
      return ok;
    },
  }),
  get: fn({
    summary: 'All attributes of one record.',
    description: 'A list of one struct; an empty list for an unknown id.',
    params: [id],
    // A record without attributes is Undef (`<i4>0</i4>`, null in JSON), as in SEMS.
    result: Type.Array(Type.Union([Struct, Void])),
    scope: 'monitoring:read',
    examples: [{ params: ['4A3F…'], result: [{ app: 'conference', dir: 'in', conf_id: '500' }] }],
    handler({ state }, id) {
      const record = state.records.find(id);
      return record === null ? [] : [attributesOf(record)];
    },
  }),
  getSingle: fn({
    summary: 'One attribute of one record.',
    params: [id, attribute],
    result: List,
    scope: 'monitoring:read',
    listed: false,
    examples: [{ params: ['4A3F…', 'conf_id'], result: ['500'] }],
    handler({ state }, id, attribute) {
      const value = state.records.find(id)?.attributes.get(attribute);
      return value === undefined ? [] : [value];
    },
  }),
  getAttribute: fn({
    summary: 'One attribute of all records.',
    params: [attribute],
    result: Pairs,
    scope: 'monitoring:read',
    examples: [{ params: ['dir'], result: [['4A3F…', 'in']] }],
    handler: ({ state }, attribute) => state.records.attribute(attribute, 'all'),
  }),
  getAttributeActive: fn({
    summary: 'One attribute of all active records.',
    params: [attribute],
    result: Pairs,
    scope: 'monitoring:read',
    examples: [{ params: ['dir'], result: [['4A3F…', 'in']] }],
    handler: ({ state }, attribute) => state.records.attribute(attribute, 'active'),
  }),
  getAttributeFinished: fn({
    summary: 'One attribute of all finished records.',
    params: [attribute],
    result: Pairs,
    scope: 'monitoring:read',
    examples: [{ params: ['dir'], result: [['7B21…', 'out']] }],
    handler: ({ state }, attribute) => state.records.attribute(attribute, 'finished'),
  }),
  list: fn({
    summary: 'Ids of all records.',
    params: [],
    result: Ids,
    scope: 'monitoring:read',
    examples: [{ params: [], result: ['4A3F…', '7B21…'] }],
    handler: ({ state }) => state.records.list('all'),
  }),
  listActive: fn({
    summary: 'Ids of the active records: calls that live.',
    params: [],
    result: Ids,
    scope: 'monitoring:read',
    examples: [{ params: [], result: ['4A3F…'] }],
    handler: ({ state }) => state.records.list('active'),
  }),
  listFinished: fn({
    summary: 'Ids of the finished records.',
    params: [],
    result: Ids,
    scope: 'monitoring:read',
    examples: [{ params: [], result: ['7B21…'] }],
    handler: ({ state }) => state.records.list('finished'),
  }),
  listByFilter: fn({
    summary: 'Ids of the records that fulfil all conditions.',
    params: [conditions],
    result: Ids,
    scope: 'monitoring:read',
    examples: [
      {
        params: [
          ['dir', 'in'],
          ['app', 'conference'],
        ],
        result: ['4A3F…'],
      },
    ],
    handler: ({ state }, ...conditions) => state.records.listByFilter(conditionsOf(conditions)),
  }),
  listByRegex: fn({
    summary: 'Ids of the records whose attribute, a text, matches a POSIX basic regular expression.',
    params: [attribute, arg('regex', Text, 'POSIX basic, unanchored. A bad one gives an empty list and a log line.')],
    result: Ids,
    scope: 'monitoring:read',
    examples: [{ params: ['from', '@example\\.org'], result: ['4A3F…'] }],
    handler({ state }, attribute, regex) {
      const test = matcher(state, regex);
      return test === null ? [] : state.records.listByText(attribute, test);
    },
  }),
  eraseByFilter: fn({
    summary: 'Erase the records that fulfil all conditions; their samples stay.',
    params: [conditions],
    result: Ids,
    scope: 'monitoring:control',
    examples: [{ params: [['dir', 'out']], result: ['7B21…'] }],
    handler: ({ state }, ...conditions) => state.records.eraseByFilter(conditionsOf(conditions)),
  }),
});

export const functions = { ...recordFunctions, ...sampleFunctions };

/** @throws CodedError `rpc.tooFewArguments`, `rpc.wrongType`; nothing was stored then. */
function pairsOf(values: readonly DiValue[]): Condition[] {
  if (values.length % 2 !== 0) throw new CodedError('rpc.tooFewArguments', 'the last attribute has no value');
  return Array.from({ length: values.length / 2 }, (_, i): Condition => {
    const name = values[2 * i];
    if (typeof name !== 'string')
      throw new CodedError('rpc.wrongType', `argument ${2 * i + 2}: expected an attribute's name (a string)`);
    return [name, values[2 * i + 1] ?? null];
  });
}

/** @throws CodedError `rpc.wrongType`. */
function conditionsOf(values: readonly DiValue[]): Condition[] {
  return values.map((condition, i) => {
    const [name, value] = isList(condition) ? condition : [];
    if (typeof name !== 'string' || value === undefined)
      throw new CodedError('rpc.wrongType', `condition ${i + 1}: expected an array [attribute, value]`);
    return [name, value];
  });
}

/** The longest text that a pattern is tried on. */
const maxTextLength = 4096;

function matcher(state: MonitoringState, pattern: string): ((text: string) => boolean) | null {
  try {
    const matches = compileBasicRegex(pattern);
    return (text) => matches(text.slice(0, maxTextLength));
  } catch (fault) {
    state.log.error('listByRegex: bad regular expression', { reason: String(fault) });
    return null;
  }
}
