/** The module `dsm`: configuration, bundles, prompts, functions, monitoring, debugger. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { dsmWorld, placeOf, scriptFolder, toneFile, variableOf } from './dsm-world.ts';

const script = (enter = '', more = ''): string =>
  `initial state A enter { ${enter} }; state B; state C; ${more} transition "bye" (A, B, C) - hangup / stop(false) -> end; state end;`;
const text = (content: string): Uint8Array => Buffer.from(content);

test('8.4 items 117, 118: bundles have their own diagrams and $config; a live reload leaves running calls alone {dsm-calls}', async () => {
  const bundle = (system = ''): Uint8Array =>
    text(`# a bundle\ndiag_path=/shop\nload_diags=shop,worker\nregister_apps=shop\nx=1 # one\n${system}`);
  const worker = (version: string): Uint8Array =>
    text(`initial state A; state B; transition "s" A - startup / set($v=${version}) -> B;
          transition "r" A - reload / { set($v=${version}); set($how=reload); } -> B;`);
  const files = {
    '/conf/shop.conf': bundle(),
    '/shop/shop.dsm': text(script('set($v=old)')),
    '/shop/worker.dsm': worker('old'),
  };
  const w = await dsmWorld(
    { main: script() },
    { files, dsm: { conf_dir: '/conf', y: 2 }, config: { routing: [{ application: '$(ruri.user)' }] } },
  );
  const old = await w.phone.call('shop');
  assert.deepEqual([await variableOf(w, 'config.x'), await variableOf(w, 'config.y')], ['1', '']);
  await w.files.write('/conf/shop.conf', bundle('run_system_dsms=worker\n'));
  await w.files.write('/shop/shop.dsm', text(script('set($v=new)', 'transition "e" A - event -> B;')));
  assert.deepEqual(await w.invoke('dsm.loadConfig', 'shop.conf', 'shop.conf'), [200, 'OK']);
  await w.advance(100);
  assert.deepEqual([await variableOf(w, 'how'), await variableOf(w, 'v')], ['reload', 'old']);
  const sessions = (await w.invoke('dsm.sessions', 'shop')) as readonly { readonly call: string }[];
  await w.invoke('dsm.postDSMEvent', sessions[0]?.call ?? '', []);
  await w.advance(100);
  const bob = await w.newPhone('bob');
  await bob.call('shop');
  const after = (await w.invoke('dsm.sessions', 'shop')) as readonly {
    readonly call: string;
    readonly state: string;
  }[];
  assert.deepEqual(
    after.map(({ state }) => state),
    ['A', 'A'],
    'the old call has no transition for the event',
  );
  assert.equal(await variableOf(w, 'v'), 'new');
  const main = await (await w.newPhone('carol')).call('main');
  assert.deepEqual([await variableOf(w, 'config.x'), await variableOf(w, 'config.y')], ['', '2']);
  for (const call of [old, bob.current, main]) await call.bye();
  await assertNothingLeft(w);
});

test('a bundle may be YAML; functions name files of configured folders only {dsm-calls}', async () => {
  const files = {
    '/conf/yam.yaml': text('diag_path: /shop/\nload_diags: [shop]\nregister_apps: [shop]\nx: true\n'),
    '/shop/shop.dsm': text(script()),
    '/elsewhere/evil.dsm': text(script()),
    [`${scriptFolder}later.dsm`]: text(script()),
  };
  const w = await dsmWorld(
    { main: script() },
    { files, dsm: { conf_dir: '/conf' }, config: { routing: [{ application: 'shop' }] } },
  );
  const call = await w.phone.call('x');
  assert.equal(await variableOf(w, 'config.x'), 'yes');
  await call.bye();
  await assert.rejects(w.invoke('dsm.loadDSMWithPaths', 'evil', '/elsewhere/', ''), { code: 'file.name' });
  await assert.rejects(w.invoke('dsm.loadDSM', '../elsewhere/evil'), { code: 'file.name' });
  await assert.rejects(w.invoke('dsm.loadConfig', '/elsewhere/x.conf', 'x.conf'), { code: 'file.name' });
  assert.deepEqual(await w.invoke('dsm.loadDSM', 'later'), [200, `loaded later from ${scriptFolder}later.dsm`]);
  assert.deepEqual(await w.invoke('dsm.loadDSM', 'later'), [
    400,
    "DSM named 'later' already loaded (use reloadDSMs to reload all)",
  ]);
  const [code, why] = (await w.invoke('dsm.loadDSM', 'absent')) as [number, string];
  assert.equal(code, 500);
  assert.match(why, /error loading absent from .*absent\.dsm/);
  assert.deepEqual(await w.invoke('dsm.hasDSM', 'later'), ['1']);
  assert.deepEqual(await w.invoke('dsm.hasDSM', 'later', 'shop'), ['0']);
  assert.deepEqual(await w.invoke('dsm.listDSMs'), ['main', 'later']);
  assert.deepEqual(await w.invoke('dsm.listDSMs', 'shop'), ['shop']);
  assert.deepEqual(await w.invoke('dsm.registerApplication', 'later'), [200, 'registered DSM application']);
  assert.deepEqual(await w.invoke('dsm.registerApplication', 'later'), [
    500,
    'Error registering DSM application (already registered?)',
  ]);
  assert.deepEqual(await w.invoke('dsm.registerApplication', 'nope'), [400, 'unknown application (DSM)']);
  assert.deepEqual(await w.invoke('dsm.reloadDSMs'), [200, 'DSMs reloaded']);
  assert.deepEqual(await w.invoke('dsm.listDSMs'), ['main']);
  assert.deepEqual(await w.invoke('dsm.preloadModules'), [200, 'modules preloaded']);
  assert.equal(((await w.invoke('dsm._list')) as string[]).length, 12);
  await assertNothingLeft(w);
});

test('prompts come from lists, sets from languages; a missing one is an exception, or the default {dsm-calls}', async () => {
  const files = {
    '/p/list': text('# prompts\nhello=hello.wav\nbroken=absent.wav\n'),
    '/p/hello.wav': await toneFile(400, 2000),
    '/p/hallo.wav': await toneFile(900, 2000),
    '/p/sets/de.conf': text('hello=/p/hallo.wav\n'),
  };
  const w = await dsmWorld(
    {
      s: script(
        'setPrompts(de-AT); playPrompt(hello); set($prompts.default_fallback=yes);',
        `transition "k" A - key / { flushPlaylist(); setPrompts(de); playPrompt(broken); } -> B;
         transition "x" A - exception; test(#type==prompt) / set($missing=#name) -> C;`,
      ),
    },
    {
      files,
      dsm: {
        load_prompts: '/p/list',
        required_prompts: 'hello',
        prompts_sets_path: '/p/sets',
        load_prompts_sets: 'de',
      },
    },
  );
  await w.phone.call('x');
  await w.phone.hears(tone(900));
  await w.phone.press('1');
  await w.advance(300);
  assert.equal(await variableOf(w, 'missing'), 'broken');
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('a required prompt that is missing, an unknown diagram: the server does not start, and says why {dsm-calls}', async () => {
  const files = { '/p/list': text('hello=absent.wav\n') };
  await assert.rejects(
    dsmWorld({ s: script() }, { files, dsm: { load_prompts: '/p/list', required_prompts: 'hello' } }),
    /required_prompts: hello/,
  );
  await assert.rejects(dsmWorld({ s: script() }, { dsm: { register_apps: 'nope' } }), /register_apps: no diagram nope/);
  await assert.rejects(dsmWorld({ s: 'initial state A enter { nonsense(1); };' }), /s\.dsm:1:\d+: .*nonsense/);
});

test('mode strict refuses what mode sems warns of {dsm-calls}', async () => {
  const swallowed = 'initial state A; state B enter { set($a=1); ';
  await assert.rejects(dsmWorld({ s: swallowed }, { dsm: { mode: 'strict' } }), /s\.dsm:1:/);
  const w = await dsmWorld({ s: swallowed });
  assert.ok(w.logs.some(({ level, message }) => level === 'warn' && /s\.dsm:1:/.test(message)));
  await w.stop();
});

test('monitoring knows diagram and state; the graph when asked for {dsm-calls}', async () => {
  const w = await dsmWorld(
    { s: script('', 'transition "on" A - sessionStart -> B;') },
    { dsm: { monitoring_full_stategraph: true, monitoring_full_transitions: 'yes' } },
  );
  await w.phone.call('x');
  await w.advance(200);
  const [call] = w.server.calls.calls();
  const [record] = (await w.invoke('monitoring.get', call?.tag ?? '')) as { [name: string]: unknown }[];
  assert.equal(record?.['dsm_diag'], 's');
  assert.equal(record?.['dsm_state'], 'B');
  assert.deepEqual(record?.['dsm_stategraph'], ['s/A', '> on >', 's/B']);
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('$(mon_select): the diagram and variables come from a record of monitoring {dsm-calls}', async () => {
  const w = await dsmWorld(
    { s: script(), other: script() },
    { dsm: { inbound_start_diag: '$(mon_select)', register_apps: '' }, config: { routing: [{ application: 'dsm' }] } },
  );
  await w.invoke('monitoring.set', 'rec1', 'caller', 'alice', 'callee', '4711', 'app', 'other', 'appParams', {
    pin: '42',
  });
  await w.phone.call('4711');
  assert.equal(await placeOf(w), 'other/A');
  assert.deepEqual([await variableOf(w, 'pin'), await variableOf(w, 'mon_session_record')], ['42', 'rec1']);
  await w.phone.bye();
  const bob = await w.newPhone('bob');
  assert.equal(await (await bob.dial('4711')).isRefused(), 500);
  await assertNothingLeft(w);
});

test('the application dsm: inbound and outbound diagrams {dsm-calls}', async () => {
  const w = await dsmWorld(
    { i: script(), o: script() },
    {
      dsm: { inbound_start_diag: 'i', outbound_start_diag: 'o', register_apps: '' },
      config: { routing: [{ application: 'dsm' }], modules: { di_dial: {} } },
    },
  );
  await w.phone.call('x');
  assert.equal(await placeOf(w), 'i/A');
  await w.phone.bye();
  w.phone.answers();
  await w.invoke('di_dial.dial', 'dsm', 'user', 'sip:us@10.0.0.1', w.phone.uri);
  await w.phone.isCalled({ state: 'talking' });
  assert.equal(await placeOf(w), 'o/A');
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('a debugger: scripts by state, dwell times, a break point, a step {dsm-calls}', async () => {
  const w = await dsmWorld({
    s: script('', 'transition "k" A - key(#key==1) -> B; transition "l" B - key(#key==2) -> C;'),
  });
  await w.phone.call('x');
  const [call] = w.server.calls.calls();
  const tag = call?.tag ?? '';
  await w.invoke('dsm.breakAt', tag, 's', 'B');
  await w.phone.press('1');
  await w.advance(1000);
  assert.deepEqual(
    w.eventsOf('dsm.paused').map(({ payload }) => payload['state']),
    ['B'],
  );
  const [paused] = (await w.invoke('dsm.sessions', '', '')) as { [name: string]: unknown }[];
  assert.equal(paused?.['paused'], true);
  await w.phone.press('2');
  await w.advance(500);
  assert.equal(await placeOf(w), 's/B');
  assert.equal(await w.invoke('dsm.step', tag), true);
  await w.advance(500);
  assert.equal(await placeOf(w), 's/C');
  assert.equal(await w.invoke('dsm.continue', tag), true);
  assert.equal(await w.invoke('dsm.continue', tag), false);
  const states = (await w.invoke('dsm.states')) as { state: string; entered: number; now: number; longestMs: number }[];
  const c = states.find(({ state }) => state === 'C');
  assert.deepEqual([c?.entered, c?.now], [1, 1]);
  assert.ok((states.find(({ state }) => state === 'B')?.longestMs ?? 0) >= 1000);
  await assert.rejects(w.invoke('dsm.breakAt', 'nobody', 's', 'B'), { code: 'call.unknown' });
  await w.phone.bye();
  await assertNothingLeft(w);
});

test('a loop without end is broken off, told, and the call lives {dsm-calls}', async () => {
  const w = await dsmWorld({ s: script('', 'transition "k" A - key / repost() -> A;') });
  const call = await w.phone.call('x');
  await w.phone.press('1');
  await w.advance(500);
  assert.equal(w.eventsOf('dsm.stopped').length, 1);
  assert.equal(call.state, 'talking');
  await call.bye();
  await assertNothingLeft(w);
});

test('a key that is almost one of ours is told: it would only be a variable {dsm-calls}', async () => {
  const w = await dsmWorld({ s: script() }, { dsm: { conf_dirr: '/x', colour: 'red' } });
  const told = w.logs.map(({ message }) => message).filter((message) => message.includes('is only $config'));
  assert.deepEqual(told, ['DSM: main: conf_dirr is only $config.conf_dirr: is conf_dir meant?']);
  await w.stop();
});

test('what the consistency check of SEMS finds is told when a diagram is loaded {dsm-tools}', async () => {
  const text = 'state A; transition "k" A - key -> NOWHERE;';
  const told = async (dsm: object): Promise<string[]> => {
    const w = await dsmWorld({ s: text }, { dsm: { ...dsm } });
    await w.stop();
    return w.logs.map(({ message }) => message).filter((message) => message.includes('/scripts/s.dsm:'));
  };
  const [initial = '', target = '', hangup = '', ...more] = (await told({})).sort();
  assert.deepEqual(more, []);
  assert.match(`${initial}\n${target}\n${hangup}`, /no initial state/);
  assert.match(`${initial}\n${target}\n${hangup}`, /leads to state NOWHERE, which does not exist/);
  assert.match(`${initial}\n${target}\n${hangup}`, /state A has no transition on hangup/);
  assert.deepEqual(await told({ dsm_consistency_check: 'no' }), []);
});

test('a bundle in YAML is read strictly unless it says otherwise, one in the syntax of SEMS is not {dsm-reader}', async () => {
  const text = (value: string): Buffer => Buffer.from(value);
  const start = (name: string, keys: string) =>
    dsmWorld(
      { s: 'initial state A;' },
      {
        files: { '/b/t.dsm': text('initial state A; state LOST'), [`/conf/${name}`]: text(keys) },
        dsm: { conf_dir: '/conf' },
      },
    );
  await assert.rejects(start('b.yaml', 'diag_path: /b/\nload_diags: [t]\n'), /t\.dsm:1:.*state LOST/);
  await (await start('b.yaml', 'diag_path: /b/\nload_diags: [t]\nmode: sems\n')).stop();
  await (await start('b.conf', 'diag_path=/b/\nload_diags=t\n')).stop();
});

test('modules that are not there, or not whole, are told as what they are {dsm-reader}', async () => {
  await assert.rejects(dsmWorld({ s: 'import(mod_sbc); initial state A;' }), /mod_sbc.*it comes with the SBC/);
  const w = await dsmWorld({ s: 'import(mod_zrtp); initial state A;' });
  assert.ok(w.logs.some(({ message }) => message.includes('mod_zrtp is not whole')));
  await w.stop();
});
