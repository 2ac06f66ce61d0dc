import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { createHttpListener, type HttpListener, type HttpListenerOptions } from '../../../core/http/index.ts';
import { Counters, silentLog } from '../../../core/runtime/index.ts';
import { SimClock } from '../../../core/runtime/sim-clock.ts';
import { post, raw } from './raw.ts';

interface World {
  readonly listener: HttpListener;
  readonly url: string;
  readonly counters: Counters;
  readonly clock: SimClock;
}

const limits: HttpListenerOptions['limits'] = {
  bodyBytes: 1000,
  connections: 20,
  concurrent: 4,
  perSecondPerSource: 0,
};

function listens(title: string, changes: Partial<HttpListenerOptions>, work: (world: World) => Promise<void>): void {
  test(`${title} {http}`, async () => {
    const counters = new Counters();
    const clock = new SimClock();
    const listener = await createHttpListener({
      address: '127.0.0.1',
      port: 0,
      hosts: ['media.example'],
      origins: ['https://app.example'],
      limits,
      log: silentLog,
      counters,
      clock,
      ...changes,
    });
    listener.route('POST', '*', ({ body, path, query, source, method }) => ({
      status: 200,
      body: JSON.stringify({ body: Buffer.from(body).toString(), path, query, source, method }),
    }));
    listener.route('GET', '/page', () => ({ status: 200, body: 'page' }));
    try {
      await work({ listener, url: listener.url, counters, clock });
    } finally {
      await listener.close(100);
    }
  });
}

listens('a handler gets plain data of the request', {}, async ({ url }) => {
  const reply = await fetch(`${url}/a/b?c=d`, { method: 'POST', body: 'hello' });
  assert.deepEqual(await reply.json(), {
    body: 'hello',
    path: '/a/b',
    query: 'c=d',
    source: '127.0.0.1',
    method: 'POST',
  });
});

listens('unknown pages are 404, HEAD is a GET without body, other methods 405', {}, async ({ url }) => {
  assert.equal((await fetch(`${url}/nope`)).status, 404);
  const head = await fetch(`${url}/page`, { method: 'HEAD' });
  assert.equal(head.headers.get('content-length'), '4');
  assert.equal(await head.text(), '');
  const put = await fetch(`${url}/page`, { method: 'PUT', body: 'x' });
  assert.equal(put.status, 405);
  assert.equal(put.headers.get('allow'), 'GET, POST');
});

listens('only known Hosts are served', {}, async ({ url, listener }) => {
  const status = async (host: string): Promise<number | undefined> =>
    (await raw(url, [post('x', [`Host: ${host}`])])).statuses[0];
  for (const host of [
    'localhost',
    `127.0.0.1:${listener.port}`,
    '[::1]:1',
    'LOCALHOST:80',
    'media.example',
    'media.example.:8090',
  ])
    assert.equal(await status(host), 200, host);
  for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil', '[::2]'])
    assert.equal(await status(host), 403, host);
});

listens('Host may be missing in HTTP/1.0 only, and not from a browser', {}, async ({ url }) => {
  assert.equal((await raw(url, [post('x', [], '1.0')])).statuses[0], 200);
  assert.equal((await raw(url, [post('x', ['Origin: http://evil.example'], '1.0')])).statuses[0], 400);
  assert.equal((await raw(url, ['POST /x HTTP/1.1\r\nContent-Length: 0\r\n\r\n'])).statuses[0], 400);
});

listens('foreign origins are refused, configured ones get CORS', {}, async ({ url, listener }) => {
  const ask = (origin: string) => raw(url, [post('x', [`Origin: ${origin}`, `Host: 127.0.0.1:${listener.port}`])]);
  assert.equal((await ask('http://evil.example')).statuses[0], 403);
  assert.equal((await ask('null')).statuses[0], 403);
  const own = await ask(`http://127.0.0.1:${listener.port}`);
  assert.equal(own.statuses[0], 200);
  assert.doesNotMatch(own.text, /access-control/i);
  assert.match((await ask('https://app.example')).text, /Access-Control-Allow-Origin: https:\/\/app\.example/);
  const preflight = await raw(url, [
    'OPTIONS /x HTTP/1.1\r\nHost: localhost\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: POST\r\n\r\n',
  ]);
  assert.equal(preflight.statuses[0], 204);
  assert.match(preflight.text, /Access-Control-Allow-Headers: Content-Type, Authorization/);
});

listens('a body over the limit is answered with 413, with a length and chunked', {}, async ({ url }) => {
  assert.equal((await raw(url, [post('x'.repeat(1000))])).statuses[0], 200);
  assert.equal((await raw(url, [post('x'.repeat(1001))])).statuses[0], 413);
  const large = await fetch(url, { method: 'POST', body: 'x'.repeat(3_000_000) });
  assert.equal(large.status, 413);
  assert.match(await large.text(), /rpc.limits.bodyBytes/);
  const chunk = `3e8\r\n${'x'.repeat(1000)}\r\n`;
  const chunked = [
    'POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
    chunk,
    chunk,
    '0\r\n\r\n',
  ];
  assert.equal((await raw(url, chunked)).statuses[0], 413);
});

listens('chunked bodies and Expect: 100-continue work', {}, async ({ url }) => {
  const chunked =
    'POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n';
  assert.match((await raw(url, [chunked])).text, /"body":"abc"/);
  const expecting = await raw(url, [
    'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n',
    'ab',
  ]);
  assert.deepEqual(expecting.statuses, [100, 200]);
  const refused = await raw(url, [
    'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\n',
  ]);
  assert.deepEqual(refused.statuses, [413]);
});

listens('a refusal is read even by a client that sends all, then closes, then reads', {}, async ({ url }) => {
  const closing = (length: number) =>
    `POST /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(length)}`;
  const large = await raw(url, [closing(15_000)]);
  assert.deepEqual(large.statuses, [413]);
  const foreign = await raw(url, [closing(900).replace('localhost', 'evil.example')]);
  assert.deepEqual(foreign.statuses, [403]);
});

listens('two Host headers are refused', {}, async ({ url }) => {
  const reply = await raw(url, [
    'GET /page HTTP/1.1\r\nHost: localhost\r\nhOsT: evil.example\r\nConnection: close\r\n\r\n',
  ]);
  assert.deepEqual(reply.statuses, [400]);
  assert.match(reply.text, /more than one Host/);
});

listens('pipelined requests are answered in order, HTTP/1.0 closes unless kept alive', {}, async ({ url }) => {
  const reply = await raw(url, [post('1') + post('2') + post('3')], 3);
  assert.deepEqual(
    [...reply.text.matchAll(/"body":"(\d)"/g)].map(([, body]) => body),
    ['1', '2', '3'],
  );
  assert.match((await raw(url, [post('x', [], '1.0')])).text, /Connection: close/);
  assert.match((await raw(url, [post('x', ['Connection: keep-alive'], '1.0')])).text, /Connection: keep-alive/);
});

listens('what is no HTTP is answered, and cut', {}, async ({ url }) => {
  assert.deepEqual((await raw(url, ['hello\r\n\r\n'])).statuses, [400]);
  const long = `GET /page HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
  assert.deepEqual((await raw(url, [long])).statuses, [431]);
});

listens('a slow sender is cut', { limits: { ...limits, headersMs: 300, requestMs: 600 } }, async ({ url }) => {
  const reply = await raw(url, ['POST /x HTTP/1.1\r\nHost: loc']);
  assert.deepEqual(reply.statuses, [408]);
});

listens(
  'requests a second are bounded for each source',
  { limits: { ...limits, perSecondPerSource: 2 } },
  async ({ url, clock, counters }) => {
    const statuses = [];
    for (let at = 0; at < 3; at++) statuses.push((await raw(url, [post('x')])).statuses[0]);
    assert.deepEqual(statuses, [200, 200, 429]);
    await clock.advance(500);
    const after = await raw(url, [post('x')]);
    assert.equal(after.statuses[0], 200);
    assert.match((await raw(url, [post('x')])).text, /Retry-After: 1/);
    const refused = counters.samples().find(({ name }) => name === 'callbus_http_refused_total');
    assert.deepEqual(refused?.values, [{ labels: { reason: 'rate' }, value: 2 }]);
  },
);

listens('requests under way are bounded', {}, async ({ url, listener }) => {
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  listener.route('GET', '/wait', async () => {
    await gate;
    return { status: 200 };
  });
  const waiting = Array.from({ length: 4 }, () => fetch(`${url}/wait`));
  for (;;) {
    const reply = await fetch(`${url}/page`);
    await reply.text();
    if (reply.status === 503) {
      assert.equal(reply.headers.get('retry-after'), '1');
      break;
    }
  }
  release();
  for (const reply of await Promise.all(waiting)) assert.equal(reply.status, 200);
  assert.equal((await fetch(`${url}/page`)).status, 200);
});

listens(
  'connections are bounded, and the surplus is told so',
  { limits: { ...limits, connections: 2 } },
  async ({ url }) => {
    const { connect } = await import('node:net');
    const { hostname, port } = new URL(url);
    const idle = await Promise.all(
      [1, 2].map(
        () =>
          new Promise<import('node:net').Socket>((resolve) => {
            const socket = connect({ host: hostname, port: Number(port) }, () => resolve(socket));
          }),
      ),
    );
    const reply = await raw(url, [post('x')]);
    assert.deepEqual(reply.statuses, [503]);
    for (const socket of idle) socket.destroy();
  },
);

/** An address of this machine that is not loopback, for connections that look like a stranger's. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

listens(
  'one address that is not loopback takes a quarter of the connections, and is told so',
  { address: outside ?? '127.0.0.1', limits: { ...limits, connections: 8 } },
  async ({ url, counters }) => {
    if (outside === undefined) return;
    const { connect } = await import('node:net');
    const { hostname, port } = new URL(url);
    const open = () =>
      new Promise<import('node:net').Socket>((resolve) => {
        const socket = connect({ host: hostname, port: Number(port) }, () => resolve(socket));
      });
    const idle = await Promise.all([open(), open()]);
    assert.deepEqual((await raw(url, [post('x')])).statuses, [503]);
    const refused = counters.samples().find(({ name }) => name === 'callbus_http_refused_total');
    assert.deepEqual(
      refused?.values.map(({ labels, value }) => [labels, value]),
      [[{ reason: 'connectionsPerSource' }, 1]],
    );
    for (const socket of idle) socket.destroy();
  },
);

listens(
  'WebSockets that their owner bounds take no place of others',
  { limits: { ...limits, connections: 2 } },
  async ({ url, listener }) => {
    const { WebSocket } = await import('ws');
    listener.upgrade('/bounded', { protocols: [], bounded: true, admit: () => null, open: () => {} });
    const sockets = [1, 2, 3].map(() => new WebSocket(`${url.replace('http', 'ws')}/bounded`));
    for (const socket of sockets) {
      if (socket.readyState !== socket.OPEN) await new Promise((resolve) => socket.once('open', resolve));
    }
    assert.equal((await fetch(`${url}/page`)).status, 200);
    for (const socket of sockets) socket.terminate();
  },
);

listens('a handler that throws is a 500, and nothing more', {}, async ({ url, listener }) => {
  listener.route('GET', '/throws', () => {
    throw new Error('secret');
  });
  const reply = await fetch(`${url}/throws`);
  assert.equal(reply.status, 500);
  assert.doesNotMatch(await reply.text(), /secret/);
  assert.equal((await fetch(`${url}/page`)).status, 200);
});

listens('a taken port names the option that chooses another', {}, async ({ listener }) => {
  const again = createHttpListener({
    address: '127.0.0.1',
    port: listener.port,
    hosts: [],
    origins: [],
    limits,
    log: silentLog,
    counters: new Counters(),
    clock: new SimClock(),
  });
  await assert.rejects(again, { code: 'port.taken', message: /rpc\.listen\.port/ });
});

listens('close lets a request end and then refuses', {}, async ({ url, listener }) => {
  let answer = (): void => {};
  const started = new Promise<void>((resolve) => {
    listener.route('GET', '/wait', async () => {
      resolve();
      await new Promise<void>((done) => {
        answer = done;
      });
      return { status: 200, body: 'done' };
    });
  });
  const waiting = fetch(`${url}/wait`);
  await started;
  const closed = listener.close(5000);
  answer();
  assert.equal(await (await waiting).text(), 'done');
  await closed;
  await assert.rejects(fetch(`${url}/page`));
});
