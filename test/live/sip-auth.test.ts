/**
 * Digest against programs that are not ours: Kamailio as registrar asks our registration client, our
 * server asks SIPp, and Python computes what we compute.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CallerAuth } from '../../core/call/caller-auth.ts';
import { type AuthenticateConfig, AuthenticateConfigSchema } from '../../core/call/index.ts';
import { fillDefaults } from '../../core/config/defaults.ts';
import { packageFile, realSeams, silentLog } from '../../core/runtime/index.ts';
import {
  createSipStack,
  digestAlgorithms,
  digestResponse,
  digestSecret,
  type RegisterOptions,
  type Registration,
  type RegistrationState,
  type SipConfig,
  SipConfigSchema,
  type SipStack,
} from '../../core/sip/index.ts';
import { freePort } from '../support/free-ports.ts';
import { skipWithout, startPeer } from '../support/peers.ts';

const loopback = '127.0.0.1';

async function openStack(t: TestContext, authenticate: Record<string, unknown> = {}): Promise<SipStack> {
  const seams = realSeams({ log: silentLog });
  const listen = (['udp', 'tcp'] as const).map((transport) => ({ transport, address: loopback, port: 0 }));
  const config: SipConfig = { ...(fillDefaults(SipConfigSchema, {}) as SipConfig), listen, trusted: [] };
  const stack = await createSipStack(seams, config);
  const auth = new CallerAuth({
    ...seams,
    config: fillDefaults(AuthenticateConfigSchema, authenticate) as AuthenticateConfig,
  });
  stack.handlers = auth.guard({
    onInvite: (dialog) => dialog.respond(200),
    onRequest: (request) => request.respond(200),
  });
  stack.open();
  t.after(() => stack.close());
  return stack;
}

async function startRegistrar(t: TestContext, algorithm: string): Promise<number> {
  const port = await freePort();
  const at = `${loopback}:${port}`;
  const kamailio = startPeer(
    'kamailio',
    [
      ...['-f', packageFile('test/live/sipp/kamailio-registrar.cfg'), '-DD', '-E', '-m', '32', '-M', '4'],
      ...['-A', `ALGORITHM="${algorithm}"`, '-l', `udp:${at}`, '-l', `tcp:${at}`],
    ],
    { limitMs: 50_000 },
  );
  t.after(() => kamailio.stop());
  await kamailio.shows(/Listening on/, 10_000);
  await pause(500);
  return port;
}

/** Waits, at most a minute, until the registration is in that state. */
async function reaches(registration: Registration, state: RegistrationState): Promise<void> {
  for (let n = 0; n < 600 && registration.status.state !== state; n++) await pause(100);
  assert.equal(registration.status.state, state, JSON.stringify(registration.status));
}

for (const [algorithm, transport] of [
  ['MD5', 'udp'],
  ['SHA-256', 'tcp'],
] as const) {
  test(`Kamailio as registrar takes us with ${algorithm} over ${transport}, keeps us, lets us go {registration} {interop-kamailio}`, {
    skip: skipWithout('kamailio'),
    timeout: 800_000,
  }, async (t) => {
    const port = await startRegistrar(t, algorithm);
    const stack = await openStack(t);
    const options: RegisterOptions = {
      registrar: `sip:${loopback}:${port};transport=${transport}`,
      addressOfRecord: `<sip:alice@${loopback}>`,
      expiresSeconds: 60,
      credentials: { user: 'alice', password: 'wonderland', realm: '' },
    };
    const registration = stack.register(options);
    await reaches(registration, 'registered');
    const known = await registration.query();
    assert.equal(known?.length, 1);
    assert.ok(known[0]?.ours);
    assert.match(known[0].uri, new RegExp(`^sip:alice@${loopback}:\\d+`));
    await registration.unregister();
    assert.deepEqual(await registration.query(), []);
    await registration.stop();

    const wrong = stack.register({ ...options, credentials: { user: 'alice', password: 'x', realm: '' } });
    await reaches(wrong, 'failed');
    assert.equal(wrong.status.status, 401);
    await wrong.stop();
  });
}

/** A cable to that port that can be cut; `port`: where it begins. */
async function startCable(t: TestContext, to: number): Promise<{ readonly port: number; cut(): void; made(): number }> {
  const ends: Socket[] = [];
  const server = createServer((socket) => {
    const other = connect(to, loopback);
    for (const end of [socket, other]) end.on('error', () => {});
    socket.pipe(other).pipe(socket);
    ends.push(socket, other);
  });
  server.listen(0, loopback);
  await once(server, 'listening');
  const cut = (): void => {
    for (const end of ends) end.destroy();
  };
  t.after(() => {
    cut();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, cut, made: () => ends.length / 2 };
}

test('a registration at Kamailio whose TCP connection is cut is made anew at once, on another {registration} {interop-kamailio}', {
  skip: skipWithout('kamailio'),
  timeout: 800_000,
}, async (t) => {
  const cable = await startCable(t, await startRegistrar(t, 'SHA-256'));
  const stack = await openStack(t);
  let successes = 0;
  const registration = stack.register({
    registrar: `sip:${loopback}`,
    nextHop: `${loopback}:${cable.port}/tcp`,
    addressOfRecord: `<sip:alice@${loopback}>`,
    expiresSeconds: 60,
    credentials: { user: 'alice', password: 'wonderland', realm: '' },
    onChange: ({ status }) => {
      if (status === 200) successes++;
    },
  });
  await reaches(registration, 'registered');
  assert.deepEqual([successes, cable.made()], [1, 1]);
  cable.cut();
  for (let n = 0; n < 600 && successes < 2; n++) await pause(100);
  assert.deepEqual([successes, cable.made()], [2, 2]);
  assert.equal((await registration.query())?.filter(({ ours }) => ours).length, 1);
  await registration.stop();
});

// SIPp gives up at a challenge with SHA-256; it answers with auth-int where that is offered.
test('SIPp calls with credentials when it is asked, and not with a wrong password {digest-server} {interop-sipp}', {
  skip: skipWithout('sipp'),
  timeout: 800_000,
}, async (t) => {
  const users = [{ name: 'alice', password: 'wonderland' }];
  const stack = await openStack(t, { realm: 'callbus', users, algorithms: ['MD5'] });
  const port = stack.listeners.find(({ transport }) => transport === 'udp')?.port ?? 0;
  const call = async (password: string): Promise<number | null> => {
    const [own, media] = [await freePort(), await freePort()];
    const scenario = packageFile('test/live/sipp/authenticated-call.xml');
    const sipp = startPeer(
      'sipp',
      [
        ...['-sf', scenario, '-i', loopback, '-p', String(own), '-mi', loopback, '-mp', String(media), '-nostdin'],
        // A call that fails SIPp keeps as a dead one; it is asked to end by itself.
        ...['-s', 'echo', '-au', 'alice', '-ap', password, '-m', '1', `${loopback}:${port}`],
        ...['-timeout', '10s', '-timeout_error', '-deadcall_wait', '0'],
      ],
      { limitMs: 20_000 },
    );
    return (await sipp.ended).code;
  };
  assert.equal(await call('wonderland'), 0);
  assert.notEqual(await call('x'), 0);
});

test('Python computes the same responses {sip-digest}', {
  skip: skipWithout('python3'),
  timeout: 800_000,
}, async () => {
  const program = `
import hashlib, sys, json
def h(name, text): return hashlib.new(name, text.encode('utf-8')).hexdigest()
for name, qop, sess in json.loads(sys.argv[1]):
    a1 = h(name, 'J\\u00e4s:r:pw')
    if sess: a1 = h(name, a1 + ':nonce:cn')
    a2 = h(name, 'INVITE:sip:a@b' + (':' + h(name, 'body') if qop == 'auth-int' else ''))
    print(h(name, a1 + ':nonce:' + a2) if qop is None else h(name, ':'.join([a1, 'nonce', '0000000a', 'cn', qop, a2])))
`;
  const names: { readonly [hash: string]: string } = { md5: 'md5', sha256: 'sha256', 'sha512-256': 'sha512_256' };
  const cases = Object.values(digestAlgorithms).flatMap((hash) =>
    (['auth', 'auth-int', null] as const).flatMap((qop) => [true, false].map((session) => ({ hash, qop, session }))),
  );
  const given = JSON.stringify(cases.map(({ hash, qop, session }) => [names[hash], qop, session]));
  const { stdout } = await promisify(execFile)('python3', ['-c', program, given]);
  const ours = cases.map(({ hash, qop, session }) =>
    digestResponse(digestSecret(hash, 'Jäs', 'r', 'pw'), {
      ...{ hash, qop, session, nonce: 'nonce', cnonce: 'cn', nc: '0000000a' },
      ...{ method: 'INVITE', uri: 'sip:a@b', body: Buffer.from('body') },
    }),
  );
  assert.deepEqual(ours, stdout.trim().split('\n'));
});
