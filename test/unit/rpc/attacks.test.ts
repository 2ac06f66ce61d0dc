/** What befell other servers, tried on the faces: over the wire, without and with rights. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import WebSocket from 'ws';
import { SimClock, type TcpConnection } from '../../../core/runtime/index.ts';
import { createMessageStream } from '../../../rpc/jsonrpc/message-stream.ts';
import { createNetstringReader } from '../../../rpc/jsonrpc/netstring-framing.ts';
import { raw } from '../http/raw.ts';
import { faultOf, jsonCall, offline, type RpcWorld, withRpc, xmlCall } from './world.ts';

const callText = '{"jsonrpc":"2.0","method":"reset","id":1}';

/** Sends and gives the status and what was called. */
async function status(
  url: string,
  type: string,
  headers: Record<string, string> = {},
  body = callText,
): Promise<number> {
  const reply = await fetch(url, { method: 'POST', headers: { 'Content-Type': type, ...headers }, body });
  return reply.status;
}

const callsOf = ({ seams }: RpcWorld, name: string): number =>
  seams.counters
    .samples()
    .find((sample) => sample.name === 'callbus_di_calls_total')
    ?.values.find(({ labels }) => labels['function'] === name)?.value ?? 0;

test('CSRF: what a page may send without asking is not served, and a foreign origin never {access-control} {http}', () =>
  withRpc({}, async (w) => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])
      assert.equal(await status(w.url, type), 415, type);
    for (const type of ['application/json', 'text/xml'])
      for (const origin of ['https://evil.example', 'null', `${w.url}.evil.example`])
        assert.equal(await status(w.url, type, { Origin: origin }), 403, `${type} from ${origin}`);
    const rebound = `POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Type: application/json\r\nContent-Length: ${callText.length}\r\n\r\n${callText}`;
    assert.deepEqual((await raw(w.url, [rebound])).statuses, [403]);
    const preflight = await fetch(w.url, {
      method: 'OPTIONS',
      headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
    });
    assert.equal(preflight.status, 403);
    assert.equal(preflight.headers.get('access-control-allow-origin'), null);
    for (const method of ['GET', 'PUT', 'DELETE'])
      await fetch(`${w.url}/jsonrpc?method=reset`, { method }).then((reply) => assert.ok(reply.status >= 400));
    assert.equal(callsOf(w, 'sample.reset'), 0);
    const socket = new WebSocket(`${w.url.replace('http', 'ws')}/ws`, { origin: 'https://evil.example' });
    const refused = await new Promise<number>((resolve) => {
      socket.on('unexpected-response', (_request, reply) => resolve(reply.statusCode ?? 0));
      socket.on('open', () => resolve(101));
      socket.on('error', () => {});
    });
    assert.equal(refused, 403);
  }));

test('names of prototypes in JSON and XML are members like any other {json-rpc} {xml-rpc}', () =>
  withRpc(offline, async ({ rpc }) => {
    const poison = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    const answer = await jsonCall(rpc, 'same', [poison]);
    assert.deepEqual(Object.keys(answer['result'] as object), ['__proto__', 'constructor']);
    await jsonCall(rpc, 'struct', JSON.parse('{"options":{"__proto__":{"polluted":1}},"__proto__":{"times":1}}'));
    await jsonCall(rpc, '__proto__', poison);
    await jsonCall(rpc, 'sample.__proto__');
    await jsonCall(rpc, 'constructor.constructor', ['return process']);
    await jsonCall(rpc, 'di', ['__proto__', 'toString']);
    const member = (name: string) => `<member><name>${name}</name><value><i4>1</i4></value></member>`;
    const xml = await xmlCall(rpc, 'same', `<struct>${member('__proto__')}${member('constructor')}</struct>`);
    assert.match(xml, /<name>__proto__<\/name><value><i4>1<\/i4>/);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    assert.equal(Object.getPrototypeOf({}), Object.prototype);
  }));

test('entity bombs, outside entities and 10,000 levels end in an error, quickly {json-rpc} {xml-rpc}', () =>
  withRpc(offline, async ({ rpc }) => {
    const bomb = `<!DOCTYPE b [<!ENTITY a "ha">${Array.from({ length: 20 }, (_, i) => `<!ENTITY a${i} "&a;&a;">`).join('')}]>`;
    const outside = '<!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/passwd">]>';
    for (const doctype of [bomb, outside]) {
      const body = `<?xml version="1.0"?>${doctype}<methodCall><methodName>same</methodName><params><param><value>&x;</value></param></params></methodCall>`;
      assert.equal(faultOf(await rpc.dispatchXml(body)).code, 400);
    }
    const deep = 10_000;
    const xml = `${'<array><data><value>'.repeat(deep)}<i4>1</i4>${'</value></data></array>'.repeat(deep)}`;
    assert.ok([400, 413].includes(faultOf(await xmlCall(rpc, 'same', xml)).code));
    for (const json of [
      `${'['.repeat(deep)}${']'.repeat(deep)}`,
      `${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}`,
      '['.repeat(deep),
    ]) {
      const text = await rpc.dispatchJson(`{"jsonrpc":"2.0","method":"same","params":[${json}],"id":1}`);
      assert.match(text ?? '', /"code":-32\d\d\d/);
    }
  }));

test('lengths that are negative, huge, doubled or no number are refused before anything is read {http} {netstring}', () =>
  withRpc({}, async (w) => {
    const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    for (const lengths of [
      'Content-Length: -1',
      'Content-Length: +5',
      'Content-Length: 0x10',
      'Content-Length: 5 5',
      'Content-Length: 99999999999999999999',
      'Content-Length: 5\r\nContent-Length: 6',
      `Content-Length: ${callText.length}\r\nTransfer-Encoding: chunked`,
      'Transfer-Encoding: chunked, identity',
    ]) {
      const { statuses } = await raw(w.url, [`${head}${lengths}\r\n\r\n${callText}`]);
      assert.ok([400, 413].includes(statuses[0] ?? 0), `${lengths}: ${statuses}`);
    }
    for (const chunk of ['-1', 'fffffffffffffffff', 'zz']) {
      const { statuses } = await raw(w.url, [
        `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}\r\n${callText}\r\n0\r\n\r\n`,
      ]);
      assert.ok([400, 413].includes(statuses[0] ?? 0), `chunk ${chunk}: ${statuses}`);
    }
    assert.equal(callsOf(w, 'sample.reset'), 0);
    for (const frame of ['-1:x,', '+5:hello,', '0x5:hello,', '99999999999:', '5 :hello,', ':,', '9999999:x'])
      assert.throws(() => createNetstringReader(1000).push(Buffer.from(frame)), /length|more than/, frame);
  }));

test('a flood of headers, and headers without end, are refused {http}', () =>
  withRpc({}, async ({ url, rpc }) => {
    const many = Array.from({ length: 5000 }, (_, at) => `X-${at}: y\r\n`).join('');
    const { statuses } = await raw(url, [`POST / HTTP/1.1\r\nHost: localhost\r\n${many}\r\n`]);
    assert.ok([400, 431].includes(statuses[0] ?? 0), String(statuses));
    const long = await raw(url, [`GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`]);
    assert.ok([400, 431].includes(long.statuses[0] ?? 0), String(long.statuses));
    const port = Number(/:(\d+)$/.exec(rpc.netstring ?? '')?.[1]);
    const closed = new Promise<void>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => socket.write('1'.repeat(100)));
      socket.on('close', () => resolve());
      socket.resume();
    });
    await closed;
  }));

test('who begins a netstring and does not end it is cut after 30 s; who sends whole ones may be slow {netstring}', async () => {
  const clock = new SimClock();
  const sent: string[] = [];
  const connection = {
    write: (bytes: Uint8Array) => sent.push(Buffer.from(bytes).toString()) > 0,
    end: () => {},
    onData: () => {},
    onClose: () => {},
  } as unknown as TcpConnection;
  const heard: string[] = [];
  const reasons: string[] = [];
  const stream = createMessageStream(connection, {
    clock,
    maxPayloadBytes: 1000,
    receive: async (text) => void heard.push(text),
    onCut: (reason) => reasons.push(reason),
    onClose: () => {},
  });
  connection.onData(Buffer.from('1:a,'));
  await clock.advance(60_000);
  for (const byte of '3:b') {
    connection.onData(Buffer.from(byte));
    await clock.advance(9000);
  }
  connection.onData(Buffer.from('cd,2:'));
  await clock.advance(29_999);
  assert.deepEqual([heard, stream.isOpen], [['a', 'bcd'], true]);
  await clock.advance(1);
  assert.deepEqual([reasons, stream.isOpen], [['slow'], false]);
  assert.match(sent.at(-1) ?? '', /not whole after 30 s/);
});
