/** Listeners × credentials, over real sockets of loopback: policies, TLS, client certificates, tokens that end. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { test } from 'node:test';
import { connect } from 'node:tls';
import WebSocket from 'ws';
import { realRandom } from '../../../core/runtime/index.ts';
import { checkRpcAccess, hashPassword } from '../../../rpc/index.ts';
import { Authority } from '../../support/authority.ts';
import { rpcConfig, withRpc } from './world.ts';

const skip = ((): string | false => {
  try {
    execFileSync('openssl', ['version']);
    return false;
  } catch {
    return 'openssl is not there';
  }
})();

const call = (method: string, params: unknown = []) => JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 });

/** An HTTP status, or the code of a JSON-RPC error, or `ok`. */
async function outcome(url: string, method: string, headers: Record<string, string> = {}): Promise<number | 'ok'> {
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: call(method),
  });
  const answer = (await reply.json()) as { error?: { code: number } };
  if (reply.status !== 200) return reply.status;
  return answer.error?.code ?? 'ok';
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const basic = (user: string, password: string) => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

test('listeners × credentials: each listener lets in what its policy says {access-control}', async () => {
  const hash = await hashPassword('s3cret', realRandom());
  const face = (access: object) => ({ port: 0, access });
  const config = {
    users: [{ name: 'ann', hash, scopes: ['admin'] }],
    listen: { port: 0 },
    listeners: [
      face({ open: 'viewer' }),
      face({ credentials: ['bearer'] }),
      face({ scopes: ['viewer'] }),
      face({ open: true, modules: ['builtin'] }),
    ],
  };
  await withRpc(config, async ({ rpc, url }) => {
    const { token } = await rpc.tokens.create({ name: 'operator', scopes: ['operator'] });
    const urls = [url, ...rpc.listeners.map((listener) => listener.url)];
    const credentials = {
      none: {},
      token: bearer(token),
      basic: basic('operator', token),
      ann: basic('ann', 's3cret'),
    };
    const [read, control, admin] = ['sample.flag', 'sample.reset', 'sample.wipe'];
    // listener, credentials, outcome of a read, a control and an admin function
    const expected: [number, keyof typeof credentials, number | 'ok', number | 'ok', number | 'ok'][] = [
      [0, 'none', 401, 401, 401],
      [0, 'token', 'ok', 'ok', -32003],
      [0, 'basic', 'ok', 'ok', -32003],
      [0, 'ann', 'ok', 'ok', 'ok'],
      [1, 'none', 'ok', -32003, -32003],
      [1, 'token', 'ok', 'ok', -32003],
      [1, 'ann', 'ok', 'ok', 'ok'],
      [2, 'none', 401, 401, 401],
      [2, 'token', 'ok', 'ok', -32003],
      [2, 'basic', 403, 403, 403],
      [2, 'ann', 403, 403, 403],
      [3, 'none', 401, 401, 401],
      [3, 'token', 'ok', -32003, -32003],
      [3, 'ann', 'ok', -32003, -32003],
      [4, 'none', -32003, -32003, -32003],
      [4, 'ann', -32003, -32003, -32003],
    ];
    for (const [at, who, ...results] of expected) {
      const given: (number | 'ok')[] = [];
      for (const method of [read, control, admin]) given.push(await outcome(urls[at] ?? '', method, credentials[who]));
      assert.deepEqual(given, results, `listener ${at}, ${who}`);
    }
    assert.equal(await outcome(urls[4] ?? '', 'calls'), 'ok');
  });
});

test('a connection ends with its token: revoked, it gets no answer and no event any more {access-control}', () =>
  withRpc({ openLoopback: false }, async ({ rpc, url, seams }) => {
    const { token } = await rpc.tokens.create({
      name: 'short',
      scopes: ['*:*'],
      expiresUnixMs: seams.clock.unixMs() + 5300,
    });
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers: bearer(token) });
    const answers: string[] = [];
    socket.on('message', (data) => answers.push(data.toString()));
    await new Promise((resolve) => socket.once('open', resolve));
    const closed = new Promise<string>((resolve) =>
      socket.once('close', (_code, reason) => resolve(reason.toString())),
    );
    socket.send(call('calls'));
    const timer = setInterval(() => socket.send(call('calls')), 250);
    assert.match(await closed, /revoked or has expired/);
    clearInterval(timer);
    assert.match(answers[0] ?? '', /"result":3/);
  }));

test('client certificates: a verified name of rpc.certificates is who calls, any other is nobody {access-control}', {
  skip,
}, async () => {
  const authority = await Authority.make();
  const stranger = await Authority.make();
  try {
    await authority.sign('server', 'IP:127.0.0.1');
    await authority.sign('door', 'DNS:Door.example');
    await authority.sign('other', 'DNS:other.example');
    await stranger.sign('door', 'DNS:door.example');
    const tls = { cert: authority.file('server.crt'), key: authority.file('server.key') };
    const withCa = { ...tls, clientCa: authority.file('ca.crt') };
    const config = {
      openLoopback: false,
      listen: { port: 0, tls: withCa },
      listeners: [
        { port: 0, tls: { ...withCa, clientCertificate: 'required' } },
        { port: 0, tls: withCa, access: { credentials: ['bearer'] } },
      ],
      netstring: { port: 0, tls: withCa },
      certificates: [
        { name: 'door', subject: 'DNS:door.example', scopes: ['sample:control'], only: { room: ['4711'] } },
      ],
    };
    await withRpc(config, async ({ rpc, url }) => {
      const strict = rpc.listeners[0]?.url ?? '';
      const bearerOnly = rpc.listeners[1]?.url ?? '';
      const pem = (from: Authority, name: string) => ({
        cert: readFileSync(from.file(`${name}.crt`)),
        key: readFileSync(from.file(`${name}.key`)),
      });
      const ca = readFileSync(authority.file('ca.crt'));
      const post = (to: string, body: string, client: object = {}) =>
        new Promise<string>((resolve) => {
          const options = { method: 'POST', headers: { 'Content-Type': 'application/json' }, ca, ...client };
          const sent = request(to, { ...options, agent: false }, (reply) => {
            let text = `${reply.statusCode} `;
            reply.on('data', (part) => {
              text += part;
            });
            reply.on('end', () => resolve(text));
          });
          sent.on('error', () => resolve('no connection'));
          sent.end(body);
        });
      const room = (name: string) => call('sample.room', [name]);
      const door = pem(authority, 'door');
      assert.match(await post(url, room('4711'), door), /^200 .*"result":"4711"/);
      assert.match(await post(url, room('4712'), door), /^200 .*-32003/);
      assert.match(await post(url, room('4711'), pem(authority, 'other')), /^401 /);
      assert.match(await post(url, room('4711'), pem(stranger, 'door')), /^401 /);
      assert.match(await post(url, room('4711')), /^401 /);
      assert.match(await post(bearerOnly, room('4711'), door), /^401 /);
      assert.match(await post(strict, room('4711'), door), /^200 .*"result":"4711"/);
      assert.equal(await post(strict, room('4711'), pem(stranger, 'door')), 'no connection');
      assert.equal(await post(strict, room('4711')), 'no connection');

      const [, port = ''] = /:(\d+)$/.exec(rpc.netstring ?? '') ?? [];
      const netstring = (client: object) =>
        new Promise<string>((resolve) => {
          const socket = connect({ host: '127.0.0.1', port: Number(port), ca, ...client });
          const text = room('4711');
          socket.on('secureConnect', () => socket.write(`${text.length}:${text},`));
          socket.on('data', (data) => {
            resolve(data.toString());
            socket.destroy();
          });
          socket.on('error', () => resolve('no connection'));
          socket.on('close', () => resolve('closed'));
        });
      assert.match(await netstring(door), /"result":"4711"/);
      assert.match(await netstring({}), /-32004/);
      assert.match(await netstring(pem(stranger, 'door')), /closed|no connection/);
      await rpc.reload();
      assert.match(await post(url, room('4711'), door), /^200 /);
    });
  } finally {
    await authority.remove();
    await stranger.remove();
  }
});

test('off loopback nothing starts that nobody or everybody could use, and the error has the line to type {access-control}', async () => {
  const wide = { address: '0.0.0.0', port: 0 };
  const refusal = async (changes: object, tokens = 0): Promise<string> =>
    checkRpcAccess(rpcConfig(changes), async () => tokens).then(
      () => 'ok',
      (fault) => String(fault.message),
    );
  assert.match(
    await refusal({ listen: wide }),
    /rpc\.listen\.address 0\.0\.0\.0 .*`callbus token create --name admin --scopes admin --config <file>`/,
  );
  assert.match(await refusal({ listeners: [wide] }), /rpc\.listeners\.0\.address/);
  assert.match(await refusal({ netstring: wide }), /rpc\.netstring\.address/);
  assert.equal(await refusal({ listen: wide }, 1), 'ok');
  assert.match(await refusal({ listen: { ...wide, access: { credentials: ['certificate'] } } }, 1), /rpc\.listen/);
  assert.match(await refusal({ listen: { ...wide, access: { open: true } } }, 1), /access\.open/);
  assert.match(await refusal({ listen: { port: 0, access: { scopes: ['nonsense'] } } }), /scope "nonsense"/);
  assert.match(await refusal({ certificates: [{ name: 'a', subject: 'CN:a' }] }), /clientCa/);
  const required = { cert: 'c', key: 'k', clientCertificate: 'required' };
  assert.match(await refusal({ listen: { port: 0, tls: required } }), /clientCertificate: required needs clientCa/);
});
