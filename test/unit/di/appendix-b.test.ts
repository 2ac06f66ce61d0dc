/**
 * Every DI interface and function that SEMS has (the index of its control plane reference) is in one of three states
 * here: exported, internal (object pointers: no wire has it), or later, with the work that will bring it. There is no
 * fourth.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Bus, type CallContext, createBus, type Face } from '../../../core/di/index.ts';
import { knownModules } from '../../../core/main.ts';
import { plannedModules } from '../../../core/planned.ts';
import { Counters, SimClock, SimRandom, silentLog } from '../../../core/runtime/index.ts';
import { jsonrpcFunctions } from '../../../rpc/index.ts';

interface Interface {
  readonly exported?: string;
  readonly internal?: string;
  /** Functions, and the work that will bring them. */
  readonly later?: readonly [functions: string, work: string];
  /** Name under `modules:`, where it is another. */
  readonly module?: string;
}

const sbc = 'the session border controller and its call control modules';
const callControl = 'start connect end';

const interfaces: { readonly [name: string]: Interface } = {
  xmlrpc2di: { exported: 'newConnection sendRequest sendRequestList' },
  jsonrpc: { exported: 'execRpc sendMessage execServerFunction getServerPort' },
  monitoring: {
    exported:
      'log set logAdd add inc dec addCount addSample markFinished setExpiration erase eraseByFilter clear clearFinished get getSingle getAttribute getAttributeActive getAttributeFinished getCount getAllCounts list listByFilter listByRegex listFinished listActive',
  },
  webconference: {
    exported:
      'roomCreate roomDelete roomInfo addParticipant dialout mute unmute kickout changeRoomAdminpin serverInfo vqConferenceFeedback vqCallFeedback vqRoomFeedback resetFeedback flushFeedback help getRoomPassword listRooms findParticipant',
  },
  di_dial: { exported: 'dial dial_auth dial_auth_b2b dial_pin help' },
  callgen: { exported: 'createCalls scheduleCalls setTarget callGenStats help' },
  di_log: { exported: 'dumplog dumplogtodisk help' },
  registrar_client: { exported: 'createRegistration removeRegistration getRegistrationState listRegistrations' },
  db_reg_agent: { exported: 'createRegistration updateRegistration removeRegistration refreshRegistration' },
  dsm: {
    exported:
      'postDSMEvent reloadDSMs loadDSM loadDSMWithPath preloadModules preloadModule loadConfig hasDSM listDSMs registerApplication createSystemDSM',
  },
  sbc: {
    later: [
      'listProfiles reloadProfiles reloadProfile loadProfile getActiveProfile setActiveProfile getRegexMapNames setRegexMap loadCallcontrolModules postControlCmd printCallStats',
      sbc,
    ],
  },
  cc_pcalls: { later: [`${callControl} getMandatoryValues`, sbc] },
  cc_call_timer: { later: [callControl, sbc] },
  ctl: { later: [callControl, sbc], module: 'cc_ctl' },
  cc_prepaid: { later: [`${callControl} getMandatoryValues getCredit subtractCredit setCredit addCredit`, sbc] },
  cc_prepaid_xmlrpc: { later: [`${callControl} getMandatoryValues getCredit subtractCredit`, sbc] },
  cc_registrar: { later: [`${callControl} route`, sbc] },
  cc_rest: { later: [callControl, sbc] },
  cc_syslog_cdr: { later: [`${callControl} getMandatoryValues getExtendedInterfaceHandler`, sbc] },
  cc_bl_redis: { later: [callControl, sbc] },
  cc_siprec: { later: [`${callControl} route getExtendedInterfaceHandler`, sbc] },
  cc_dsm: { later: [`${callControl} getExtendedInterfaceHandler`, sbc] },
  cc_template: { later: [callControl, `${sbc}: an example without a use of its own`] },
  msg_storage: {
    exported: 'msg_new msg_get msg_markread msg_delete userdir_open userdir_close userdir_getcount',
    internal: 'events_subscribe events_unsubscribe',
  },
  mwi: { exported: 'publish' },
  diameter_client: { later: ['newConnection sendRequest test1 test2', 'Diameter, without the two tests'] },
  uac_auth: { internal: 'getHandler checkAuth' },
  cc_acc: { exported: 'getCredit subtractCredit addCredit setCredit connectCall' },
};

type State = 'exported' | 'internal' | 'later';

interface Entry {
  readonly module: string;
  readonly name: string;
  readonly state: State;
  readonly work: string;
}

const words = (text = ''): string[] => text.split(' ').filter((word) => word !== '');

/** Modules that the configuration calls "not built yet" are later, whatever they will be then. */
function entriesOf(module: string, { exported, internal, later, module: key = module }: Interface): Entry[] {
  const isPlanned = plannedModules.includes(key);
  const state = (wanted: State): State => (isPlanned ? 'later' : wanted);
  const work = later?.[1] ?? (isPlanned ? 'the other control modules' : '');
  return [
    ...words(exported).map((name) => ({ module, name, state: state('exported'), work })),
    ...words(internal).map((name) => ({ module, name, state: state('internal'), work })),
    ...words(later?.[0]).map((name) => ({ module, name, state: 'later' as const, work })),
  ];
}

const entries = Object.entries(interfaces).flatMap(([name, each]) => entriesOf(name, each));

/** The rows of all modules. Nothing is started: no handler will run. */
function busOfAll(): Bus {
  const bus = createBus({ clock: new SimClock(), log: silentLog, counters: new Counters(), random: new SimRandom(1) });
  bus.register('jsonrpc', jsonrpcFunctions, undefined as never);
  for (const { name, functions } of knownModules) {
    if (functions !== undefined) bus.register(name, functions, undefined as never);
  }
  return bus;
}

/** Somebody without any scope: what exists is forbidden to them, what does not is unknown. */
const nobody = (face: Face): CallContext => ({
  caller: { name: 'nobody', scopes: [], limits: {} },
  face,
  source: '192.0.2.77',
  deadlineMs: null,
  traceId: 't',
  log: silentLog,
});

const wires: readonly Face[] = ['xml-rpc', 'json-rpc', 'websocket', 'netstring', 'stats', 'cli'];

async function refusalOf(bus: Bus, { module, name }: Entry, face: Face): Promise<string> {
  try {
    await bus.invoke(module, name, [], nobody(face));
  } catch (fault) {
    return fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
  }
  return 'none';
}

const expected: { readonly [state in State]: readonly string[] } = {
  exported: ['rpc.forbidden'],
  internal: ['rpc.unknownFunction'],
  later: ['rpc.unknownModule', 'rpc.unknownFunction'],
};

test('the table is the whole index: 28 interfaces, each function once, later ones with their work {appendix-b}', () => {
  assert.equal(Object.keys(interfaces).length, 28);
  const counts = Object.fromEntries(
    Object.keys(interfaces).map((module) => [module, entries.filter((entry) => entry.module === module).length]),
  );
  assert.deepEqual(counts, {
    ...{ xmlrpc2di: 3, jsonrpc: 4, monitoring: 26, webconference: 19, di_dial: 5, callgen: 5, di_log: 3 },
    ...{ registrar_client: 4, db_reg_agent: 4, dsm: 11, sbc: 11, cc_pcalls: 4, cc_call_timer: 3, ctl: 3 },
    ...{ cc_prepaid: 8, cc_prepaid_xmlrpc: 6, cc_registrar: 4, cc_rest: 3, cc_syslog_cdr: 5, cc_bl_redis: 3 },
    ...{ cc_siprec: 5, cc_dsm: 4, cc_template: 3, msg_storage: 9, mwi: 1, diameter_client: 4, uac_auth: 2, cc_acc: 5 },
  });
  assert.equal(new Set(entries.map(({ module, name }) => `${module}.${name}`)).size, entries.length);
  for (const { state, work, module } of entries) assert.equal(state === 'later', work !== '', module);
});

test('each function is exported, internal or later on every wire; there is no fourth kind {appendix-b}', async () => {
  const bus = busOfAll();
  const wrong: string[] = [];
  for (const entry of entries) {
    for (const face of wires) {
      const refusal = await refusalOf(bus, entry, face);
      if (!expected[entry.state].includes(refusal))
        wrong.push(`${entry.module}.${entry.name} over ${face}: ${entry.state}, but ${refusal}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('a module that is later is refused by the configuration as not built, never as unknown {appendix-b}', () => {
  const known = knownModules.map(({ name }) => name);
  for (const [name, { later, module = name }] of Object.entries(interfaces)) {
    const isThere = known.includes(module) || name === 'jsonrpc';
    assert.ok(isThere || plannedModules.includes(module) || later !== undefined, name);
    assert.ok(!(isThere && plannedModules.includes(module)), `${name} is there and planned`);
  }
});

test('no list offers what is internal {appendix-b}', async () => {
  const bus = busOfAll();
  const everything: CallContext = { ...nobody('json-rpc'), caller: { name: 'test', scopes: ['*:*'], limits: {} } };
  for (const module of bus.modules()) {
    const offered = await bus.invoke(module, '_list', [], everything);
    assert.ok(Array.isArray(offered), module);
    const internal = entries.filter((entry) => entry.module === module && entry.state === 'internal');
    for (const { name } of internal) assert.ok(!offered.includes(name), `${module}._list offers ${name}`);
  }
});
