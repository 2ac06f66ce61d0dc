import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { test } from 'node:test';
import {
  createHttpClient,
  createOutgoingGuard,
  type HttpClientRequest,
  isPublic,
  type OutgoingConfig,
  SimWeb,
} from '../../../core/http/index.ts';
import { CodedError, Counters, SimClock } from '../../../core/runtime/index.ts';
import { realClock } from '../../../core/runtime/real-clock.ts';

const defaults: OutgoingConfig = { allow: [], deny: [], publicAddresses: true, requests: 256 };

function simulated(config: Partial<OutgoingConfig> = {}, names: { [name: string]: readonly string[] } = {}) {
  const clock = new SimClock();
  const web = new SimWeb(clock);
  const asked: string[] = [];
  const lookup = async (host: string): Promise<readonly string[]> => {
    asked.push(host);
    const found = names[host];
    if (found === undefined) throw new CodedError('dns.failed', host);
    return found;
  };
  const counters = new Counters();
  const client = createHttpClient({ clock, counters, dns: { lookup }, config: { ...defaults, ...config }, wire: web });
  const send = async (url: string, more: Partial<HttpClientRequest> = {}) => {
    const sent = client.send({ method: 'POST', url, ...more });
    sent.catch(() => {});
    await clock.advance(60_000);
    return sent;
  };
  return { clock, web, client, send, asked, counters };
}

for (const [url, what] of [
  ['http://127.0.0.1/', 'loopback'],
  ['http://127.9.9.9:8090/', 'all of loopback'],
  ['http://2130706433/', 'a decimal number'],
  ['http://0x7f.1/', 'hexadecimal and short'],
  ['http://0177.0.0.1/', 'octal'],
  ['http://0/', 'zero'],
  ['http://10.1.2.3/', 'a private network'],
  ['http://100.100.100.200/', 'metadata of a cloud'],
  ['http://169.254.169.254/latest/meta-data/', 'metadata of most clouds'],
  ['http://172.31.0.1/', 'a private network'],
  ['http://192.168.1.1/', 'a private network'],
  ['http://224.0.0.1/', 'multicast'],
  ['http://255.255.255.255/', 'broadcast'],
  ['http://[::1]/', 'IPv6 loopback'],
  ['http://[::]/', 'any'],
  ['http://[::ffff:127.0.0.1]/', 'IPv4-mapped'],
  ['http://[::ffff:a9fe:a9fe]/', 'IPv4-mapped in hexadecimal'],
  ['http://[::127.0.0.1]/', 'IPv4-compatible'],
  ['http://[64:ff9b::7f00:1]/', 'NAT64'],
  ['http://[64:ff9b:1::a00:1]/', 'NAT64 of a network'],
  ['http://[2002:7f00:1::]/', '6to4'],
  ['http://[2001:0:7f00:1::]/', 'Teredo'],
  ['http://[fe80::1]/', 'link-local'],
  ['http://[fd00:ec2::254]/', 'unique local; metadata'],
  ['http://[ff02::1]/', 'multicast'],
  ['http://user:pw@localhost/', 'a name of loopback'],
  ['http://localhost./', 'that name with its dot'],
  ['http://rebind.example/', 'a name with a private address'],
] as const) {
  test(`a URL of a caller to ${url} (${what}) is refused, and the key to change is named {webhooks}`, async () => {
    const { send, web } = simulated(
      {},
      {
        localhost: ['127.0.0.1', '::1'],
        'localhost.': ['127.0.0.1'],
        'rebind.example': ['10.0.0.1'],
      },
    );
    await assert.rejects(send(url), (fault) => {
      assert.ok(fault instanceof CodedError);
      assert.equal(fault.code, 'http.forbidden');
      assert.match(fault.detail, /outgoing\.allow/);
      return true;
    });
    assert.equal(web.exchanges.length, 0);
  });
}

test('public addresses need no entry, unless they shall', async () => {
  assert.deepEqual([isPublic('8.8.8.8'), isPublic('2606:4700::1'), isPublic('64:ff9b::808:808')], [true, true, true]);
  const closed = simulated({ publicAddresses: false, allow: ['8.8.8.0/24'] });
  closed.web.serve('8.8.8.8:80', () => ({ status: 204 }));
  assert.equal((await closed.send('http://8.8.8.8/')).status, 204);
  await assert.rejects(closed.send('http://9.9.9.9/'), { code: 'http.forbidden' });
});

test('allow lists hosts, suffixes, addresses and networks; deny goes before', async () => {
  const { send, web } = simulated(
    { allow: ['hooks.example', '*.corp.example', '10.1.0.0/16', '::1'], deny: ['10.1.9.9', 'bad.corp.example'] },
    {
      'hooks.example': ['10.9.9.9'],
      'a.corp.example': ['192.168.0.1'],
      'corp.example': ['192.168.0.1'],
      'evilcorp.example': ['192.168.0.1'],
      'bad.corp.example': ['192.168.0.1'],
    },
  );
  for (const place of ['10.9.9.9:80', '192.168.0.1:80', '10.1.2.3:80', '::1:80'])
    web.serve(place, () => ({ status: 200 }));
  for (const host of ['hooks.example', 'HOOKS.example', 'a.corp.example', '10.1.2.3', '[::1]'])
    assert.equal((await send(`http://${host}/`)).status, 200, host);
  for (const host of ['corp.example', 'evilcorp.example', '10.2.0.1', '10.1.9.9', 'bad.corp.example'])
    await assert.rejects(send(`http://${host}/`), { code: 'http.forbidden' }, host);
  await assert.rejects(send('http://10.1.9.9/'), /outgoing\.deny/);
  assert.throws(() => createOutgoingGuard({ ...defaults, allow: ['10.0.0.0/40'] }), { code: 'config.invalid' });
  assert.throws(() => createOutgoingGuard({ ...defaults, deny: ['*'] }), { code: 'config.invalid' });
});

test('a name is resolved once, and the address that was checked is the one connected to', async () => {
  const answers = [['8.8.8.8'], ['127.0.0.1']];
  const clock = new SimClock();
  const web = new SimWeb(clock);
  web.serve('8.8.8.8:80', () => ({ status: 200 }));
  web.serve('127.0.0.1:80', () => ({ status: 500 }));
  const dns = { lookup: async () => answers.shift() ?? [] };
  const client = createHttpClient({ clock, counters: new Counters(), dns, config: defaults, wire: web });
  const sent = client.send({ method: 'POST', url: 'http://rebind.example/' });
  await clock.advance(10);
  assert.equal((await sent).status, 200);
  assert.deepEqual(
    [answers.length, web.exchanges[0]?.address, web.exchanges[0]?.headers['Host']],
    [1, '8.8.8.8', 'rebind.example'],
  );
});

test('of several addresses the forbidden are left out, and the next is tried where nobody listens', async () => {
  const { send, web } = simulated({}, { 'two.example': ['127.0.0.1', '8.8.8.8', '9.9.9.9'] });
  web.serve('9.9.9.9:80', () => ({ status: 201 }));
  assert.equal((await send('http://two.example/')).status, 201);
  assert.deepEqual(
    web.exchanges.map(({ address }) => address),
    ['8.8.8.8', '9.9.9.9'],
  );
});

test('what configuration names goes anywhere', async () => {
  const { send, web } = simulated();
  web.serve('127.0.0.1:81', () => ({ status: 200, body: 'inside' }));
  const reply = await send('http://127.0.0.1:81/x', { namedBy: 'configuration' });
  assert.equal(Buffer.from(reply.body).toString(), 'inside');
});

for (const [title, order] of [
  ['another scheme', { url: 'file:///etc/passwd' }],
  ['no URL', { url: 'hooks' }],
  ['a URL without end', { url: `http://8.8.8.8/${'x'.repeat(9000)}` }],
  ['CRLF in a header', { url: 'http://8.8.8.8/', headers: { 'X-A': 'a\r\nHost: b' } }],
  ['a Host of its own', { url: 'http://8.8.8.8/', headers: { Host: 'b' } }],
  ['a framing of its own', { url: 'http://8.8.8.8/', headers: { 'transfer-encoding': 'chunked' } }],
  ['no method', { url: 'http://8.8.8.8/', method: 'GET /x' }],
] as const) {
  test(`a request with ${title} is refused`, async () => {
    await assert.rejects(simulated().send(order.url, order), { code: 'http.invalid' });
  });
}

test('no reply, an aborted request, a name server that is silent: an error in time, and nothing is left', async () => {
  const { client, clock, web } = simulated({}, { 'a.example': ['8.8.8.8'] });
  web.serve('8.8.8.8:80', () => null);
  const late = client.send({ method: 'GET', url: 'http://a.example/secret-path', timeoutMs: 500 });
  const ending = new AbortController();
  const aborted = client.send({ method: 'GET', url: 'http://a.example/', signal: ending.signal });
  late.catch(() => {});
  aborted.catch(() => {});
  await clock.advance(400);
  ending.abort();
  await clock.advance(200);
  await assert.rejects(late, { code: 'network.failed', detail: 'http://a.example: no reply within 500 ms' });
  await assert.rejects(aborted, { detail: 'http://a.example: given up' });
  const dns = { lookup: () => new Promise<never>(() => {}) };
  const silent = createHttpClient({ clock, counters: new Counters(), dns, config: defaults, wire: web });
  const lost = silent.send({ method: 'GET', url: 'http://a.example/', timeoutMs: 500 });
  lost.catch(() => {});
  await clock.advance(600);
  await assert.rejects(lost, { code: 'network.failed' });
  assert.equal(clock.pending, 0);
});

test('too many requests at once are refused', async () => {
  const { client, clock, web } = simulated({ requests: 2 });
  web.serve('8.8.8.8:80', () => null);
  const open = [1, 2].map(() => client.send({ method: 'GET', url: 'http://8.8.8.8/' }).catch(() => {}));
  await assert.rejects(client.send({ method: 'GET', url: 'http://8.8.8.8/' }), { code: 'rpc.tooManyRequests' });
  await clock.advance(20_000);
  await Promise.all(open);
});

/** A real server on loopback, which the client may reach. */
async function withServer(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  work: (
    url: string,
    send: (more?: Partial<HttpClientRequest>) => Promise<{ status: number; body: string }>,
  ) => Promise<void>,
): Promise<void> {
  const server: Server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const dns = { lookup: async () => ['127.0.0.1'] };
  const client = createHttpClient({
    clock: realClock(),
    counters: new Counters(),
    dns,
    config: { ...defaults, allow: ['hooks.example'] },
  });
  try {
    const url = `http://hooks.example:${port}`;
    await work(url, async (more) => {
      const { status, body } = await client.send({ method: 'POST', url: `${url}/a?b=c`, body: 'x', ...more });
      return { status, body: Buffer.from(body).toString() };
    });
  } finally {
    client.close();
    server.closeAllConnections();
    server.close();
  }
}

test('a real exchange: name in Host, path and query, credentials of the URL, body and length', () =>
  withServer(
    (request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        const { host, authorization, 'content-length': length } = request.headers;
        response.end(
          JSON.stringify([request.method, request.url, host?.replace(/\d+$/, 'port'), authorization, length, body]),
        );
      });
    },
    async (url, send) => {
      const { body } = await send({ url: `${url.replace('//', '//us%40er:pw@')}/a?b=c` });
      const basic = `Basic ${Buffer.from('us@er:pw').toString('base64')}`;
      assert.deepEqual(JSON.parse(body), ['POST', '/a?b=c', 'hooks.example:port', basic, '1', 'x']);
    },
  ));

test('redirects are replies, not followed', () =>
  withServer(
    (_request, response) => {
      response.writeHead(302, { Location: 'http://169.254.169.254/latest/meta-data/' }).end('moved');
    },
    async (_url, send) => assert.deepEqual(await send(), { status: 302, body: 'moved' }),
  ));

test('replies of 10 MB and bodies without end are cut off', () =>
  withServer(
    (request, response) => {
      if (request.url === '/length') {
        response.writeHead(200, { 'Content-Length': '10000000' }).write('x');
        return;
      }
      const chunk = 'x'.repeat(65_536);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    },
    async (url, send) => {
      await assert.rejects(send({ url: `${url}/length`, replyBytes: 1000 }), /over 1000 bytes/);
      await assert.rejects(send({ url: `${url}/endless`, replyBytes: 1_000_000 }), /over 1000000 bytes/);
    },
  ));

test('a reply that trickles is over at the time limit', () =>
  withServer(
    (_request, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    },
    async (_url, send) => assert.rejects(send({ timeoutMs: 200 }), /no reply within 200 ms/),
  ));

test('a kept connection that the server has closed is replaced', async () => {
  let connections = 0;
  await withServer(
    (request, response) => {
      if (request.headers['x-number'] === '1') connections++;
      request.resume();
      response.end('ok');
      // As an idle time-out of the server would, in the moment of the next request.
      if (request.headers['x-number'] === '2') request.socket.destroySoon();
    },
    async (_url, send) => {
      for (const number of ['1', '2', '3'])
        assert.equal((await send({ keepAlive: true, headers: { 'X-Number': number } })).body, 'ok');
    },
  );
  assert.equal(connections, 1);
});
