/** The built-ins and three modules as SEMS's clients see them: each request and reply, byte for byte, on both wires. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { builtins } from './golden/builtins.ts';
import { diDial } from './golden/di-dial.ts';
import { monitoring } from './golden/monitoring.ts';
import { normal, type Step, xmlReply, xmlRequest } from './golden/transcript.ts';
import { webconference } from './golden/webconference.ts';

const config = {
  modules: {
    echo: {},
    monitoring: {},
    webconference: { master_password: 'master' },
    di_dial: { dialout_pin0: '4711;me;127.0.0.1;user;secret' },
  },
};

test('golden transcripts over XML-RPC and JSON-RPC {xml-rpc} {json-rpc}', { timeout: 120_000 }, async (context) => {
  const server = await startLiveServer({ config, limitMs: 110_000 });
  try {
    const transcripts: { readonly [name: string]: readonly Step[] } = {
      'built-ins': builtins,
      monitoring,
      webconference: webconference('4711'),
      di_dial: diDial('127.0.0.1:9'),
    };
    for (const [name, steps] of Object.entries(transcripts)) {
      await context.test(`${name} over XML-RPC`, () => play(server, steps, overXml));
      await context.test(`${name} over JSON-RPC`, () => play(server, steps, overJson));
    }
    await context.test('the example of SEMS, with its head', () => withHead(server));
  } finally {
    await server.stop();
  }
});

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

const overJson: Wire = async (server, { method, params, result, refused }) => {
  const got = await post(server, 'application/json', JSON.stringify({ jsonrpc: '2.0', method, params, id: 'x' }));
  if (refused === undefined) return { got, expected: `{"jsonrpc":"2.0","result":${JSON.stringify(result)},"id":"x"}` };
  const message = messages[refused.json] ?? 'no such code';
  const head = `{"jsonrpc":"2.0","error":{"code":${refused.json},"message":"${message}","data":{"code":"`;
  return { got: got.slice(0, head.length), expected: head };
};

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
