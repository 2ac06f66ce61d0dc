/** What befell other servers, tried on a whole one: from SIP, and with rights of a caller over RPC. */
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { type Caller, roles } from '../../core/di/index.ts';
import { knownModules } from '../../core/main.ts';
import { isRecord } from '../../core/runtime/index.ts';
import { serverAddress, type World, world } from '../support/world.ts';

const stranger = '10.0.9.9';

test('nothing in a SIP message calls a function: headers, SDP, MESSAGE, INFO, names of users {access-control}', async () => {
  const w = await world({ phone: null });
  try {
    const { seams } = w.newHost(stranger);
    const answers: string[] = [];
    const socket = await w.clock.during(
      seams.network.udp({
        address: stranger,
        port: 5060,
        onDatagram: (datagram) => void answers.push(Buffer.from(datagram).toString()),
        onError: () => {},
      }),
    );
    const json = '{"jsonrpc":"2.0","method":"core.set_shutdownmode","params":[1],"id":1}';
    const xml =
      '<methodCall><methodName>set_shutdownmode</methodName><params><param><value><i4>1</i4></value></param></params></methodCall>';
    const app = [
      'P-App-Name: di',
      'P-App-Param: function=set_shutdownmode;args=1',
      `X-Callbus: ${json}`,
      'App: builtin.set_shutdownmode(1)',
    ];
    const sdp = `v=0\r\no=- 1 1 IN IP4 ${stranger}\r\ns=${json}\r\nc=IN IP4 ${stranger}\r\nt=0 0\r\na=${xml}\r\nm=audio 4000 RTP/AVP 0\r\n`;
    const bodies: [string, string, string][] = [
      ['INVITE', 'application/sdp', sdp],
      ['MESSAGE', 'application/json', json],
      ['MESSAGE', 'text/xml', xml],
      ['MESSAGE', 'text/plain', json],
      ['INFO', 'application/json', json],
      ['OPTIONS', 'application/json', json],
      ['NOTIFY', 'application/json', json],
    ];
    let id = 0;
    for (const user of ['conference', 'di', 'builtin.set_shutdownmode', '%2e%2e%2fetc%2fpasswd', '500;drop']) {
      for (const [method, type, body] of bodies) {
        id++;
        const lines = [
          `${method} sip:${user}@${serverAddress} SIP/2.0`,
          `Via: SIP/2.0/UDP ${stranger};branch=z9hG4bK${id}`,
          'Max-Forwards: 70',
          `From: <sip:mallory@${stranger}>;tag=${id}`,
          `To: <sip:${user}@${serverAddress}>`,
          `Call-ID: attack${id}`,
          `CSeq: 1 ${method}`,
          `Contact: <sip:mallory@${stranger}>`,
          ...app,
          `Content-Type: ${type}`,
          `Content-Length: ${body.length}`,
          '',
          body,
        ];
        socket.send(Buffer.from(lines.join('\r\n')), { address: serverAddress, port: 5060 });
        await w.advance(100);
      }
    }
    await w.advance(2000);
    assert.ok(answers.length > 20, `${answers.length} answers`);
    assert.deepEqual(await w.invoke('audit.list', 100), []);
    assert.equal(await w.invoke('builtin.get_shutdownmode'), 0);
    const called = w.seams.counters.samples().find(({ name }) => name === 'callbus_di_calls_total')?.values ?? [];
    // What is asked here, and what a room asks for the link in its answer.
    const expected = /^(audit|builtin)\.|^(webconference\.linkOf|pages\.url)$/;
    const state = called.filter(({ labels, value }) => value > 0 && !expected.test(labels['function'] ?? ''));
    assert.deepEqual(state, []);
  } finally {
    await w.stop();
  }
});

/** Arguments that could lead to a file, a program or another machine, and what bounds each. A new one needs a line. */
const reviewed: { readonly [argument: string]: string } = {
  'call.play prompt': 'calls.playPath',
  'callgen.createCalls host': 'the dial rules',
  'callgen.scheduleCalls host': 'the dial rules',
  'callgen.setTarget host': 'the dial rules',
  'conference.play prompt': 'play_path',
  'di_log.dumplogtodisk path': 'the folder of the module',
  'trace.start file': 'a plain name in traces',
  'trace.stop file': 'a plain name in traces',
  'webconference.resetFeedback file': 'the data folder of the module',
  'dsm.loadConfig file': 'a configured folder',
  'dsm.loadDSMWithPaths diagPath': 'a configured folder',
  'dsm.loadDSMWithPaths modPath': 'not used',
  'dsm.preloadModule path': 'not used',
  'webhooks.add url': 'outgoing.allow',
  'xmlrpc2di.newConnection host': 'admin only; servers of the configuration only over a wire',
  'xmlrpc2di.newConnection path': 'the path of an HTTP request',
  'xmlrpc2di.removeConnection host': 'names one that is there',
  'jsonrpc.execRpc host': 'rpc.peers',
};

const paths = [
  '../../../../../../../../etc/passwd',
  '/etc/passwd',
  '..',
  '.',
  '../x',
  'a/../../x',
  '..\\..\\x',
  'x\u0000.wav',
  'file:///etc/passwd',
  'http://169.254.169.254/latest/meta-data/',
  '%2e%2e%2fx',
  '~/.ssh/id_rsa',
  '|id',
  '$(id)',
  '-rf',
];

test('every argument that could name a file, a program or a machine is known, and bounded {access-control}', async () => {
  const w = await start();
  try {
    const risky = w.server.bus
      .functions()
      .filter(({ row, aliasOf }) => row.exported !== false && aliasOf === null)
      .flatMap(({ module, name, row }) =>
        [row.params, ...(row.overloads ?? [])].flat().map((param) => `${module}.${name} ${param.name}`),
      )
      .filter((argument) =>
        /\b(file|path|\w*Path|url|uri|host|server|directory|folder|command|exec|script|prompt|program)$/i.test(
          argument,
        ),
      );
    const unknown = [...new Set(risky)].filter((argument) => !Object.hasOwn(reviewed, argument) && !isSipUri(argument));
    assert.deepEqual(unknown, []);
  } finally {
    await w.stop();
  }
});

/** What is dialled is bounded by the dial rules. */
const isSipUri = (argument: string): boolean => /\b(\w*Uri|uri|proxy)$/.test(argument);

test('a file argument leads nowhere but into its folder, for an administrator too {access-control}', async () => {
  const w = await start();
  try {
    const before = new Set(w.files.names);
    for (const path of paths) {
      for (const [method, ...args] of [
        ['di_log.dumplogtodisk', path],
        ['trace.start', path],
        ['trace.stop', path],
        ['webconference.resetFeedback', path],
        ['conference.play', '500', path],
        ['call.play', 'no such call', path],
      ] as const) {
        const reply = await dispatch(w, method, args);
        assert.doesNotMatch(reply, /root:|PRIVATE KEY/, `${method} ${path}`);
      }
    }
    const folder = `${resolve(w.config.storage.path)}/`;
    const made = w.files.names.filter((file) => !before.has(file));
    assert.ok(
      made.every((file) => file.startsWith(folder)),
      made.join(' '),
    );
  } finally {
    await w.stop();
  }
});

test('empty passwords open nothing: without a configuration there is none to guess {access-control}', async () => {
  const w = await world({ phone: null, config: { modules: { webconference: {}, di_dial: {} } } });
  try {
    for (const guess of ['', 'admin', 'master', '0000', '1234', '*']) {
      assert.match(await dispatch(w, 'webconference.listRooms', [guess]), /407|32\d{3}/, guess);
      assert.match(await dispatch(w, 'webconference.getRoomPassword', [guess, '1']), /\[40[347],|32\d{3}/, guess);
      assert.match(await dispatch(w, 'di_dial.dial_pin', ['echo', guess, 'me', 'carol']), /incorrect|32\d{3}/, guess);
    }
  } finally {
    await w.stop();
  }
});

test('a caller cannot make the server call machines of its own network: webhooks {access-control}', async () => {
  const w = await start();
  try {
    for (const url of [
      'http://127.0.0.1:8090/',
      'http://localhost/',
      'http://169.254.169.254/latest/meta-data/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://10.1.2.3/',
      'http://0x7f000001/',
      'http://2130706433/',
      'http://0/',
      'file:///etc/passwd',
      'gopher://127.0.0.1:25/',
    ]) {
      const reply = await dispatch(w, 'webhooks.add', [url, { filters: ['call.*'] }]);
      const hook = /"hook":"([^"]+)"/.exec(reply)?.[1];
      if (hook === undefined) assert.match(reply, /"error"/, url);
      else assert.match(await dispatch(w, 'webhooks.test', [hook]), /"delivered":false/, url);
    }
  } finally {
    await w.stop();
  }
});

const configured: { readonly [module: string]: unknown } = { webconference: { feedback_file: 'feedback.txt' } };
const left = ['stats', 'dsm', 'db_reg_agent', 'billing', 'cc_acc'];

function start(): Promise<World> {
  const modules = Object.fromEntries(
    knownModules.flatMap(({ name }) => (left.includes(name) ? [] : [[name, configured[name] ?? {}]])),
  );
  return world({ phone: null, config: { modules } });
}

const administrator: Caller = { name: 'admin', scopes: roles['admin'] ?? [], limits: {} };

async function dispatch(w: World, method: string, params: readonly unknown[]): Promise<string> {
  const text = JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 });
  const reply = await w.driver.during(w.server.rpc.dispatchJson(text, { caller: administrator }), 60_000, method);
  assert.ok(reply !== null && isRecord(JSON.parse(reply)));
  return reply;
}
