/** The interfaces as SEMS's clients see them: each request and reply, byte for byte, on every wire. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import WebSocket from 'ws';
import { freePort } from '../support/free-ports.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { builtins } from './golden/builtins.ts';
import { diDial } from './golden/di-dial.ts';
import { dsm, script } from './golden/dsm.ts';
import {
  callgen,
  ccAcc,
  dbRegAgent,
  diLog,
  registrarClient,
  rpcClients,
  uacAuth,
  xmlrpc2di,
} from './golden/further.ts';
import { msgStorage, mwi } from './golden/messages.ts';
import { monitoring } from './golden/monitoring.ts';
import { callsPeer, startRpcPeer } from './golden/rpc-peer.ts';
import { asksStatistics } from './golden/statistics.ts';
import { normal, type Step, xmlReply, xmlRequest } from './golden/transcript.ts';
import { webconference } from './golden/webconference.ts';

/** @param folder of diagrams, bundles and messages. */
const configOf = (folder: string, statisticsPort: number) => ({
  modules: {
    echo: {},
    monitoring: {},
    webconference: { master_password: 'master' },
    di_dial: { dialout_pin0: '4711;me;127.0.0.1;user;secret' },
    di_log: {},
    registrar_client: {},
    callgen: {},
    uac_auth: {},
    billing: {},
    cc_acc: {},
    db_reg_agent: {},
    xmlrpc2di: {},
    msg_storage: { storage_dir: `${folder}/messages`, inbox: `${folder}/inbox` },
    mwi: { presence_server: '127.0.0.1:9' },
    dsm: { diag_path: `${folder}/diags/`, conf_dir: `${folder}/conf/`, load_diags: 'first', register_apps: 'first' },
    stats: { monit_udp_port: statisticsPort },
  },
});
const wires = ['XML-RPC', 'JSON-RPC', 'WebSocket', 'netstrings'] as const;

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-golden-'));
  for (const name of ['messages', 'inbox', 'diags', 'conf']) await mkdir(join(folder, name));
  for (const name of ['first', ...wires]) await writeFile(join(folder, 'diags', `${name}.dsm`), script);
  await writeFile(join(folder, 'conf', 'extra.conf'), `diag_path=${folder}/diags/\nload_diags=first\n`);
  await writeFile(join(folder, 'inbox', 'note.wav'), 'RIFF');
  return folder;
}

test('golden transcripts over XML-RPC and JSON-RPC {xml-rpc} {json-rpc}', { timeout: 800_000 }, async (context) => {
  const folder = await makeFolder();
  context.after(() => rm(folder, { recursive: true, force: true }));
  const peer = await startRpcPeer();
  context.after(() => peer.close());
  const statisticsPort = await freePort();
  const config = {
    ...configOf(folder, statisticsPort),
    rpc: {
      // SEMS knows no rights: everybody may do everything.
      listen: { address: '127.0.0.1', port: 0, access: { open: 'admin' } },
      netstring: { address: '127.0.0.1', port: 0, access: { open: 'admin' } },
      peers: [{ name: 'accounts', host: '127.0.0.1', port: peer.port }],
    },
  };
  const server = await startLiveServer({ config, limitMs: 110_000 });
  try {
    await context.test('statistics over UDP {stats-udp}', () => asksStatistics(statisticsPort));
    const transcripts: { readonly [name: string]: Transcript } = {
      'built-ins': builtins,
      jsonrpc: rpcClients(Number(server.netstring.split(':')[1])),
      monitoring,
      webconference: webconference('4711'),
      di_dial: diDial('127.0.0.1:9'),
      di_log: diLog,
      registrar_client: registrarClient('127.0.0.1:9'),
      callgen,
      uac_auth: uacAuth,
      cc_acc: ccAcc,
      db_reg_agent: dbRegAgent('127.0.0.1:9'),
      xmlrpc2di,
      msg_storage: msgStorage,
      mwi,
      dsm: (wire) => dsm(folder, wire),
    };
    for (const [name, transcript] of Object.entries(transcripts)) {
      const stepsOn = (wire: (typeof wires)[number]) =>
        typeof transcript === 'function' ? transcript(wire) : transcript;
      await context.test(`${name} over XML-RPC`, () => play(server, stepsOn('XML-RPC'), overXml));
      await context.test(`${name} over JSON-RPC`, () => play(server, stepsOn('JSON-RPC'), overJson(overHttp)));
      await context.test(`${name} over WebSocket`, () =>
        onWebSocket(server, (send) => play(server, stepsOn('WebSocket'), overJson(send))),
      );
      await context.test(`${name} in netstrings`, () =>
        onNetstrings(server, (send) => play(server, stepsOn('netstrings'), overJson(send))),
      );
    }
    await context.test('another server is called, and sent what sendMessage gives {jsonrpc-peers}', () =>
      callsPeer(server, peer),
    );
    await context.test('the example of SEMS, with its head', () => withHead(server));
    await context.test('requests as PHP and Python write them', () => asOthersWrite(server));
  } finally {
    await server.stop();
  }
});

/** Where names outlive a transcript, each wire has its own. */
type Transcript = readonly Step[] | ((wire: string) => readonly Step[]);

async function play(server: LiveServer, steps: readonly Step[], wire: Wire): Promise<void> {
  for (const [at, step] of steps.entries()) {
    const what = `step ${at + 1}: ${step.method} ${JSON.stringify(step.params)}`;
    const { got, expected } = await wire(server, step);
    assert.equal(normal(got), expected, what);
  }
}

type Wire = (server: LiveServer, step: Step) => Promise<{ readonly got: string; readonly expected: string }>;

const overXml: Wire = async (server, step) => ({
  got: await post(server, 'text/xml', xmlRequest(step)),
  expected: xmlReply(step),
});

/** One JSON-RPC text out, one back. */
type Send = (server: LiveServer, text: string) => Promise<string>;

const overHttp: Send = (server, text) => post(server, 'application/json', text);

const overJson =
  (send: Send): Wire =>
  async (server, { method, params, result, refused }) => {
    const got = await send(server, JSON.stringify({ jsonrpc: '2.0', method, params, id: 'x' }));
    if (refused === undefined)
      return { got, expected: `{"jsonrpc":"2.0","result":${JSON.stringify(result)},"id":"x"}` };
    const message = messages[refused.json] ?? 'no such code';
    const head = `{"jsonrpc":"2.0","error":{"code":${refused.json},"message":"${message}","data":{"code":"`;
    return { got: got.slice(0, head.length), expected: head };
  };

async function onWebSocket(server: LiveServer, work: (send: Send) => Promise<void>): Promise<void> {
  const socket = new WebSocket(`${server.http.replace('http', 'ws')}/ws`);
  await once(socket, 'open');
  try {
    await work(async (_server, text) => {
      socket.send(text);
      const [data] = (await once(socket, 'message')) as [Buffer];
      return data.toString();
    });
  } finally {
    socket.close();
  }
}

/** SEMS's own framing: `<length>:<text>,`, one connection for all. */
async function onNetstrings(server: LiveServer, work: (send: Send) => Promise<void>): Promise<void> {
  const [host = '', port = ''] = server.netstring.split(':');
  const socket = connect({ host, port: Number(port) });
  await once(socket, 'connect');
  try {
    await work(async (_server, text) => {
      socket.write(`${Buffer.byteLength(text)}:${text},`);
      let got = Buffer.alloc(0);
      for (;;) {
        const [chunk] = (await once(socket, 'data')) as [Buffer];
        got = Buffer.concat([got, chunk]);
        const [head = '', length = ''] = /^(\d+):/.exec(got.toString('latin1')) ?? [];
        if (head === '' || got.length < head.length + Number(length) + 1) continue;
        assert.equal(got.length, head.length + Number(length) + 1, 'one netstring, nothing after it');
        assert.equal(got.at(-1), 0x2c);
        return got.subarray(head.length, -1).toString();
      }
    });
  } finally {
    socket.destroy();
  }
}

const messages: { readonly [code: number]: string } = {
  [-32600]: 'Invalid Request',
  [-32601]: 'Method not found',
  [-32602]: 'Invalid params',
  [-32015]: 'This destination may not be dialled',
};

async function post(server: LiveServer, type: string, body: string): Promise<string> {
  const response = await fetch(server.http, { method: 'POST', headers: { 'Content-Type': type }, body });
  assert.equal(response.status, 200);
  return response.text();
}

/** di-interfaces 3.8: an HTTP/1.0 client that sends no Host. */
async function withHead(server: LiveServer): Promise<void> {
  const body = '<?xml version="1.0"?>\n<methodCall><methodName>calls</methodName></methodCall>\n';
  const response = await fetch(`${server.http}/RPC2`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml' },
    body,
  });
  assert.equal(response.headers.get('content-type'), 'text/xml; charset=utf-8');
  assert.match(
    await response.text(),
    /^<\?xml version="1.0"\?>\r\n<methodResponse><params><param>\r\n\t<value><i4>\d+<\/i4><\/value>\r\n<\/param><\/params><\/methodResponse>\r\n$/,
  );
}

/** PHP's xmlrpc_encode_request and XML-RPC clients with extensions; python3's xmlrpc.client. */
async function asOthersWrite(server: LiveServer): Promise<void> {
  const request = (
    method: string,
    params: readonly string[],
    head = '<?xml version="1.0" encoding="iso-8859-1"?>',
  ): string =>
    `${head}\n<methodCall>\n<methodName>${method}</methodName>\n<params>\n${params.map((value) => ` <param>\n  <value>\n   ${value}\n  </value>\n </param>\n`).join('')}</params>\n</methodCall>\n`;
  const reply = (value: string): string =>
    `<?xml version="1.0"?>\r\n<methodResponse><params><param>\r\n\t<value>${value}</value>\r\n</param></params></methodResponse>\r\n`;
  const ok = '<array><data><value><i4>0</i4></value><value><string>OK</string></value></data></array>';
  const values = [
    '<string>php</string>',
    '<string>empty</string>',
    '<string/>',
    '<string>big</string>',
    '<i8>4294967296</i8>',
    '<string>none</string>',
    '<nil/>',
  ];
  assert.equal(await post(server, 'text/xml', request('monitoring.log', values)), reply(ok));
  const record =
    '<array><data><value><struct><member><name>big</name><value><i8>4294967296</i8></value></member><member><name>empty</name><value><string></string></value></member><member><name>none</name><value><i4>0</i4></value></member></struct></value></data></array>';
  assert.equal(await post(server, 'text/xml', request('monitoring.get', ['<string>php</string>'])), reply(record));
  // Without <params>, without a type, in one line, as application/xml.
  const short =
    "<?xml version='1.0'?><methodCall><methodName>monitoring.get</methodName><params><param><value>php</value></param></params></methodCall>";
  assert.equal(await post(server, 'application/xml', short), reply(record));
  // php: umlauts as numeric references, and in the declared charset.
  const named = request('monitoring.log', [
    '<string>php</string>',
    '<string>big</string>',
    '<string>M&#252;ller</string>',
  ]);
  assert.equal(await post(server, 'text/xml', named), reply(ok));
  assert.match(
    await post(server, 'text/xml', request('monitoring.getSingle', ['<string>php</string>', '<string>big</string>'])),
    /<string>Müller<\/string>/,
  );
  const python =
    "<?xml version='1.0'?>\n<methodCall>\n<methodName>monitoring.erase</methodName>\n<params>\n<param>\n<value><string>php</string></value>\n</param>\n</params>\n</methodCall>\n";
  assert.equal(await post(server, 'text/xml', python), reply(ok));
}
