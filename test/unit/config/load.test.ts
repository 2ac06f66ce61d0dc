import assert from 'node:assert/strict';
import { test } from 'node:test';
import Type from 'typebox';
import { joinSchema, loadConfig, pluginsOf } from '../../../core/config/index.ts';
import { faultsOf, load } from './whole-schema.ts';

/** Where a face listens; its other members have defaults of their own. */
function assertPlace({ address, port }: { address: string; port: number }, expected: object): void {
  assert.deepEqual({ address, port }, expected);
}

test('without a file there is a whole configuration of defaults {configuration}', () => {
  const config = load();
  assert.deepEqual(
    config.sip.listen.map(({ transport, port }: { transport: string; port: number }) => [transport, port]),
    [
      ['udp', 5060],
      ['tcp', 5060],
    ],
  );
  assertPlace(config.rpc.listen, { address: '127.0.0.1', port: 8090 });
  assert.deepEqual(config.modules, { echo: {}, di_dial: { retries: 3 } });
  assert.deepEqual(config.dial.gateways, {});
  assert.equal(config.calls.sessions.reason, 'Server overload');
});

test('the file wins over defaults; missing members are filled, lists are replaced whole', () => {
  const config = load(
    'sip:\n  listen: [{ transport: udp, port: 0 }]\nmedia: { workers: 2 }\nrpc: { listen: { port: 0 } }\n',
  );
  assert.deepEqual(config.sip.listen, [{ transport: 'udp', port: 0, address: '0.0.0.0' }]);
  assert.equal(config.media.workers, 2);
  assertPlace(config.rpc.listen, { address: '127.0.0.1', port: 0 });
  assert.equal(load('rpc: { listen: null }').rpc.listen, null);
});

test('a section or module with nothing behind it has its defaults; what is listed is loaded, in order', () => {
  const config = load('sip:\nmodules:\n  phone:\n  di_dial: { retries: 5 }\n');
  assert.equal(config.sip.t1Ms, 500);
  assert.deepEqual(Object.entries(config.modules), [
    ['phone', { name: 'lab' }],
    ['di_dial', { retries: 5 }],
  ]);
  assert.deepEqual(load('modules:').modules, {});
});

test('a wrong value names file, line, column, key, what was expected and what was given {configuration}', () => {
  const text = 'sip:\n  listen:\n    - transport: udp\n      port: abc\n  t1Ms: 5\ndrainMs: "x"\n';
  assert.deepEqual(faultsOf(text), [
    'callbus.yaml:4:13: sip.listen[0].port: expected an integer from 0 to 65535, got "abc"',
    'callbus.yaml:5:9: sip.t1Ms: expected an integer of at least 50, got 5',
    'callbus.yaml:6:10: drainMs: expected an integer of at least 0, got "x"',
  ]);
});

test('unions tell what they accept as a whole, or the member that is wrong in the branch that was meant', () => {
  assert.deepEqual(faultsOf('sip: { listen: [{ transport: sctp }] }'), [
    'callbus.yaml:1:30: sip.listen[0].transport: expected one of udp, tcp, tls, ws, wss, got "sctp"',
  ]);
  assert.deepEqual(faultsOf('media: { workers: many }'), [
    'callbus.yaml:1:19: media.workers: expected auto or an integer from 0 to 128, got "many"',
  ]);
  assert.deepEqual(faultsOf('rpc: { listen: { port: 70000 } }'), [
    'callbus.yaml:1:24: rpc.listen.port: expected an integer from 0 to 65535 or null, got 70000',
  ]);
  assert.deepEqual(faultsOf('rpc: { listen: 8090 }'), [
    'callbus.yaml:1:16: rpc.listen: expected an object or null, got 8090',
  ]);
  assert.deepEqual(faultsOf('media: { ports: [2000, 3000, 4000] }'), [
    'callbus.yaml:1:17: media.ports: expected a list of 2: an integer from 1024 to 65534, an integer from 1024 to 65535, got a list of 3',
  ]);
});

test('an unknown key is refused with the nearest known one', () => {
  const [first = '', second = '', third = ''] = faultsOf(
    'sip:\n  lisen: []\nrpcs: {}\nrpc: { listen: { prot: 1 } }\n',
  ).sort();
  assert.match(first, /^callbus\.yaml:2:3: sip\.lisen: unknown key; did you mean listen\? \(known: listen, /);
  assert.match(second, /^callbus\.yaml:3:1: rpcs: unknown key; did you mean rpc\?/);
  assert.match(
    third,
    /^callbus\.yaml:4:18: rpc\.listen\.prot: unknown key; did you mean port\? \(known: address, port, tls, access\)/,
  );
  assert.deepEqual(faultsOf('modules: { ehco: {} }'), [
    'callbus.yaml:1:12: modules.ehco: no module has that name; did you mean echo? (known: echo, di_dial, phone)',
  ]);
  assert.match(faultsOf('__proto__: { x: 1 }')[0] ?? '', /__proto__: unknown key/);
});

test('a missing required member is told at its parent', () => {
  assert.deepEqual(faultsOf('routing:\n  - match: x\n'), [
    'callbus.yaml:2:5: routing[0].application: missing, expected a string',
  ]);
});

test('YAML faults: syntax, double keys, several documents, alias bombs, absurd depth {configuration}', () => {
  assert.match(faultsOf('sip: [1, 2\n')[0] ?? '', /^callbus\.yaml:\d+:\d+: /);
  assert.match(faultsOf('drainMs: 1\ndrainMs: 2\n')[0] ?? '', /^callbus\.yaml:2:1: this key is given twice/);
  assert.equal(faultsOf('a: 1\n---\nb: 2\n').length > 0, true);
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...'bcdefg'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdef'[i]}`).join(', ')}]`),
  ].join('\n');
  assert.match(faultsOf(bomb)[0] ?? '', /alias/i);
  assert.equal(faultsOf(`${'['.repeat(20_000)}`).length > 0, true);
  assert.equal(faultsOf('drainMs: !!js/function "x"').length > 0, true);
  assert.deepEqual(faultsOf('just text'), ['callbus.yaml:1:1: the configuration: expected an object, got "just text"']);
});

test('environment variables descend by double underscores, without regard to case {configuration}', () => {
  const config = load('rpc: { listen: { port: 1234 } }', {
    CALLBUS__RPC__LISTEN__PORT: '0',
    CALLBUS__DRAINMS: '5',
    CALLBUS__RPC__DIRECT_EXPORT: '[echo]',
    CALLBUS__SIP__LISTEN__0__PORT: '0',
    CALLBUS__MODULES__DI_DIAL__RETRIES: '9',
    CALLBUS__MODULES__PHONE: '{}',
    CALLBUS__RPC__NETSTRING: '',
    CALLBUS__DIAL__GATEWAYS__MAIN: 'gw.example:5060',
    CALLBUS_CONFORMANCE: '/x',
    PATH: '/bin',
  });
  assertPlace(config.rpc.listen, { address: '127.0.0.1', port: 0 });
  // An empty variable is one that was not set.
  assertPlace(config.rpc.netstring, { address: '127.0.0.1', port: 7080 });
  assert.equal(config.drainMs, 5);
  assert.deepEqual(config.rpc.directExport, ['echo']);
  assert.deepEqual(
    config.sip.listen.map(({ port }: { port: number }) => port),
    [0, 5060],
  );
  assert.deepEqual(config.modules, { echo: {}, di_dial: { retries: 9 }, phone: { name: 'lab' } });
  assert.deepEqual(config.dial.gateways, { main: 'gw.example:5060' });
});

test('environment can replace null by an object, and an object by null', () => {
  assert.equal(load('', { CALLBUS__RPC__LISTEN: 'null' }).rpc.listen, null);
  assert.equal(load('rpc: { listen: null }', { CALLBUS__RPC__LISTEN__PORT: '0' }).rpc.listen.port, 0);
});

test('a fault of the environment names the variable', () => {
  assert.deepEqual(faultsOf('', { CALLBUS__RPC__LISTEN__PORT: 'abc' }), [
    'CALLBUS__RPC__LISTEN__PORT: rpc.listen.port: expected an integer from 0 to 65535 or null, got "abc"',
  ]);
  assert.deepEqual(faultsOf('', { CALLBUS__RPC__LISTN__PORT: '1' }), [
    'CALLBUS__RPC__LISTN__PORT: rpc.listn: unknown key; did you mean LISTEN?',
  ]);
  assert.match(faultsOf('', { CALLBUS__DRAINMS: '[1' })[0] ?? '', /^CALLBUS__DRAINMS: the value is no YAML/);
  assert.match(faultsOf('', { CALLBUS__SIP__LISTEN__7__PORT: '1' })[0] ?? '', /the list has 2 entries/);
  assert.match(faultsOf('', { CALLBUS__SIP__LISTEN__X: '1' })[0] ?? '', /expected the number of an entry/);
});

test('options win over the environment', () => {
  const schema = joinSchema({ fragments: { n: Type.Integer({ default: 1 }) }, modules: {}, defaultModules: [] });
  const config = loadConfig({
    schema,
    text: 'n: 2',
    environment: { CALLBUS__N: '3' },
    overrides: [{ path: ['n'], value: 4 }],
  });
  assert.deepEqual(config, { n: 4, modules: {} });
});

test('what is not built yet is refused with its key, not silently ignored {configuration}', () => {
  const schema = joinSchema({
    fragments: {
      netstring: Type.Union([Type.Object({ port: Type.Integer() }), Type.Null()], {
        default: null,
        'x-not-built': 'JSON-RPC in netstrings',
      }),
      listen: Type.Array(
        Type.Object({
          transport: Type.Union([Type.Literal('udp'), Type.Literal('tls')], { 'x-not-built-values': ['tls'] }),
        }),
        { default: [{ transport: 'udp' }] },
      ),
    },
    modules: {},
    defaultModules: [],
  });
  assert.deepEqual(load('netstring: null', {}, schema).netstring, null);
  assert.throws(() => load('netstring: { port: 1 }', {}, schema), {
    code: 'config.notBuilt',
    detail: 'callbus.yaml:1:12: netstring: not built yet: JSON-RPC in netstrings',
  });
  assert.throws(() => load('', { CALLBUS__LISTEN__0__TRANSPORT: 'tls' }, schema), {
    code: 'config.notBuilt',
    detail: 'CALLBUS__LISTEN__0__TRANSPORT: listen[0].transport: "tls" is not built yet',
  });
  assert.throws(() => load('netstring: { port: 1 }\nx: 1', {}, schema), { code: 'config.invalid' });
});

test('known names that this version lacks are told apart from mistyped ones {configuration}', () => {
  const schema = joinSchema({
    fragments: {},
    modules: { echo: Type.Object({}, { additionalProperties: false, default: {} }) },
    defaultModules: ['echo'],
    planned: { sections: { stats: 'statistics over UDP' }, modules: ['dsm', 'sbc'] },
  });
  assert.deepEqual(faultsOf('stats: { port: 5040 }\nmodules: { dsm: {}, sbc: }', {}, schema), [
    'callbus.yaml:1:8: stats: not built yet: statistics over UDP',
    'callbus.yaml:2:17: modules.dsm: not built yet',
    'callbus.yaml:2:26: modules.sbc: not built yet',
  ]);
  assert.deepEqual(faultsOf('modules: { dms: {} }', {}, schema), [
    'callbus.yaml:1:12: modules.dms: no module has that name (known: echo)',
  ]);
  assert.deepEqual(faultsOf('', { CALLBUS__MODULES__DSM: '{}' }, schema), [
    'CALLBUS__MODULES__DSM: modules.dsm: not built yet',
  ]);
  assert.deepEqual(load('', {}, schema), { modules: { echo: {} } });
});

test('an address to listen on is an address {configuration}', () => {
  assert.deepEqual(faultsOf('rpc: { listen: { address: 300.1.1.1 } }'), [
    'callbus.yaml:1:27: rpc.listen.address: expected an IP address or localhost, got "300.1.1.1"',
  ]);
  assert.deepEqual(faultsOf('sip: { listen: [{ transport: udp, address: example.org }] }'), [
    'callbus.yaml:1:44: sip.listen[0].address: expected an IP address, got "example.org"',
  ]);
});

test('a section that is no section stays a fault under variables {configuration}', () => {
  assert.deepEqual(faultsOf('storage: 5', { CALLBUS__STORAGE__PATH: '/x' }), [
    'CALLBUS__STORAGE__PATH: storage.path: what holds it is no map of keys',
    'callbus.yaml:1:10: storage: expected an object, got 5',
  ]);
});

test('a secret that is wrong is not shown', () => {
  assert.deepEqual(faultsOf('modules: { di_dial: { password: 12345 } }'), [
    'callbus.yaml:1:33: modules.di_dial.password: expected a string, got a number',
  ]);
});

test('plugins are read before the schema exists', () => {
  assert.deepEqual(pluginsOf('plugins: [./a.js, 5, b]'), ['./a.js', 'b']);
  assert.deepEqual(pluginsOf('plugins: ['), []);
  assert.deepEqual(pluginsOf('plugins: [a]', { CALLBUS__PLUGINS: '[b]' }), ['b']);
});
