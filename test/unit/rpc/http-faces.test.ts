import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withRpc } from './world.ts';

const calls = '{"jsonrpc":"2.0","method":"calls","id":1}';
const json = { 'Content-Type': 'application/json' };

test('both protocols share the port: the content type tells them apart {xml-rpc} {json-rpc}', () =>
  withRpc({}, async ({ url }) => {
    const ask = async (path: string, type: string, body: string) => {
      const reply = await fetch(url + path, { method: 'POST', headers: { 'Content-Type': type }, body });
      return { status: reply.status, type: reply.headers.get('content-type'), text: await reply.text() };
    };
    const xmlCalls = '<methodCall><methodName>calls</methodName></methodCall>';
    assert.deepEqual(await ask('/RPC2', 'text/xml', xmlCalls), {
      status: 200,
      type: 'text/xml; charset=utf-8',
      text: '<?xml version="1.0"?>\r\n<methodResponse><params><param>\r\n\t<value><i4>3</i4></value>\r\n</param></params></methodResponse>\r\n',
    });
    assert.match((await ask('/', 'application/xml; charset="utf-8"', xmlCalls)).text, /<i4>3</);
    const answer = await ask('/jsonrpc', 'Application/JSON ;charset=UTF-8', calls);
    assert.deepEqual(answer, {
      status: 200,
      type: 'application/json; charset=utf-8',
      text: '{"jsonrpc":"2.0","result":3,"id":1}',
    });
    assert.equal((await ask('/any/path', 'application/json', calls)).status, 200);
    assert.equal((await ask('/', 'text/plain', calls)).status, 415);
    assert.match((await ask('/', 'application/json; charset=utf-16', calls)).text, /-32700.*utf-16/);
  }));

test('a notification is answered with 204 {json-rpc}', () =>
  withRpc({}, async ({ url }) => {
    const reply = await fetch(url, { method: 'POST', headers: json, body: '{"jsonrpc":"2.0","method":"calls"}' });
    assert.equal(reply.status, 204);
  }));

test('encodings of XML: declared, in the header, unknown, broken {xml-rpc}', () =>
  withRpc({}, async ({ url }) => {
    const ask = async (type: string, body: Uint8Array) =>
      (await fetch(url, { method: 'POST', headers: { 'Content-Type': type }, body })).text();
    const call = (encoding: string) =>
      `<?xml version="1.0"${encoding}?><methodCall><methodName>same</methodName><params><param><value>é</value></param></params></methodCall>`;
    const latin = Buffer.from(call(' encoding="ISO-8859-1"'), 'latin1');
    assert.match(await ask('text/xml', latin), /<string>é</);
    assert.match(await ask('text/xml; charset=iso-8859-1', Buffer.from(call(''), 'latin1')), /<string>é</);
    assert.match(await ask('text/xml', Buffer.from(`\ufeff${call('')}`)), /<string>é</);
    assert.match(await ask('text/xml', Buffer.from(call(''), 'latin1')), /<i4>400<.*not valid utf-8/);
    assert.match(await ask('text/xml', Buffer.from(call(' encoding="koi8-r"'))), /<i4>400<.*koi8-r/);
    assert.match(await ask('text/xml', Buffer.from(`\ufeff${call('')}`, 'utf16le')), /<i4>400<.*utf-16/);
  }));

test('refusals speak the language of the request', () =>
  withRpc({ limits: { bodyBytes: 1000 } }, async ({ url }) => {
    const large = 'x'.repeat(2000);
    const inJson = await fetch(url, { method: 'POST', headers: json, body: large });
    assert.equal(inJson.status, 413);
    assert.equal(((await inJson.json()) as { error: { code: number } }).error.code, -32005);
    const inXml = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'text/xml' }, body: large });
    assert.match(await inXml.text(), /<i4>413</);
  }));

test('health, readiness, figures, OpenRPC document and the front page', () =>
  withRpc({}, async ({ url, setReady, bus }) => {
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.equal((await fetch(`${url}/readyz`)).status, 200);
    setReady(false);
    assert.equal((await fetch(`${url}/readyz`)).status, 503);
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    await fetch(url, { method: 'POST', headers: json, body: calls });
    const metrics = await fetch(`${url}/metrics`);
    assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain/);
    const text = await metrics.text();
    assert.match(text, /callbus_http_requests_total\{status="200"\} \d/);
    assert.match(text, /callbus_di_calls_total\{function="builtin.calls"\} 1/);
    assert.match(text, /process_cpu_seconds_total/);
    const reply = await fetch(`${url}/openrpc.json`);
    const document = (await reply.json()) as { servers: { url: string }[]; methods: unknown[] };
    assert.equal(document.servers[0]?.url, `${url}/jsonrpc`);
    assert.ok(document.methods.length > 5);
    const page = await (await fetch(`${url}/`)).text();
    for (const module of bus.modules()) assert.ok(page.includes(module));
    assert.equal((await fetch(`${url}/nothing`)).status, 404);
  }));

test('a port that is taken ends the start and names the option', () =>
  withRpc({}, async ({ url, rpc }) => {
    const port = Number(new URL(url).port);
    await assert.rejects(
      withRpc({ listen: { port } }, async () => {}),
      { code: 'port.taken', message: /rpc\.listen\.port/ },
    );
    const netstring = { port: Number(rpc.netstring?.split(':')[1]) };
    await assert.rejects(
      withRpc({ netstring }, async () => {}),
      { code: 'port.taken', message: /rpc\.netstring\.port/ },
    );
  }));

test('faces that are switched off are null', () =>
  withRpc({ listen: { port: null }, netstring: null }, async ({ rpc }) => {
    assert.equal(rpc.http, null);
    assert.equal(rpc.netstring, null);
  }));
