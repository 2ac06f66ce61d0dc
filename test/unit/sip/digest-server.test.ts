import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulation, type Simulation } from '../../../core/runtime/index.ts';
import {
  answerChallenge,
  type CheckContext,
  type CredentialsOf,
  createDigestServer,
  type DigestServer,
  type DigestServerOptions,
  type DigestVerdict,
  digestHex,
  ParsedRequest,
  parseChallenge,
  parseMessage,
} from '../../../core/sip/index.ts';

const users: CredentialsOf = (user) => (user === 'alice' ? { password: 'secret' } : null);

function server(options: Partial<DigestServerOptions> = {}): { sim: Simulation; digest: DigestServer } {
  const sim = createSimulation({ seed: 1 });
  const { clock, random } = sim.host('10.0.0.1').seams;
  return { sim, digest: createDigestServer({ realm: 'r', clock, random, ...options }) };
}

function request(method: string, headers: readonly string[] = [], body = '', uri = 'sip:echo@10.0.0.1'): ParsedRequest {
  const text = [
    `${method} ${uri} SIP/2.0`,
    'Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK1',
    'Max-Forwards: 70',
    'From: <sip:a@b>;tag=1',
    'To: <sip:c@d>',
    'Call-ID: x',
    `CSeq: 1 ${method}`,
    ...headers,
    `Content-Length: ${body.length}`,
    '',
    body,
  ];
  const message = parseMessage(Buffer.from(text.join('\r\n')));
  assert.ok(message instanceof ParsedRequest);
  return message;
}

interface Answer {
  readonly user?: string;
  readonly password?: string;
  readonly count?: number;
  readonly algorithm?: string;
  readonly qop?: string;
  readonly uri?: string;
  readonly body?: string;
  readonly signedBody?: string;
  readonly method?: string;
  readonly signedMethod?: string;
}

/** A request that answers one challenge of a verdict. */
function answer(verdict: DigestVerdict, given: Answer = {}): ParsedRequest {
  assert.equal(verdict.kind, 'challenge');
  assert.ok(verdict.kind === 'challenge');
  const { user = 'alice', password = 'secret', count = 1, algorithm = 'MD5', body = '', method = 'INVITE' } = given;
  const [name, line] = verdict.headers.find(([, value]) => value.includes(`algorithm=${algorithm}`)) ?? ['', ''];
  const offered = given.qop === undefined ? line : line.replace(/qop="[^"]*"/, `qop="${given.qop}"`);
  const challenge = parseChallenge(offered);
  assert.ok(challenge !== null);
  const value = answerChallenge(
    challenge,
    { user, password, realm: '' },
    {
      method: given.signedMethod ?? method,
      uri: given.uri ?? 'sip:echo@10.0.0.1',
      body: Buffer.from(given.signedBody ?? body),
      nonceCount: count,
      cnonce: 'cafe',
    },
  );
  const header = name === 'Proxy-Authenticate' ? 'Proxy-Authorization' : 'Authorization';
  return request(method, [`${header}: ${value}`], body);
}

const summary = (verdict: DigestVerdict): string =>
  verdict.kind === 'ok'
    ? `ok ${verdict.user}`
    : `${verdict.kind} ${verdict.status}${
        verdict.kind === 'challenge' && verdict.headers.some(([, value]) => value.includes('stale=true'))
          ? ' stale'
          : ''
      }`;

test('the challenge has a header for each algorithm, the strongest first {digest-server}', async () => {
  const { digest } = server();
  const verdict = await digest.check(request('INVITE'), users);
  assert.equal(summary(verdict), 'challenge 401');
  assert.deepEqual(
    verdict.kind === 'challenge' &&
      verdict.headers.map(([name, value]) => [name, /algorithm=([^,]+)/.exec(value)?.[1]]),
    [
      ['WWW-Authenticate', 'SHA-512-256'],
      ['WWW-Authenticate', 'SHA-256'],
      ['WWW-Authenticate', 'MD5'],
    ],
  );
  assert.equal(summary(await digest.check(request('INVITE'), users, { proxy: true })), 'challenge 407');
});

test('every algorithm, qop and session form lets the right password in {digest-server}', async () => {
  const names = ['MD5', 'MD5-sess', 'SHA-256', 'SHA-256-sess', 'SHA-512-256', 'SHA-512-256-sess'];
  for (const algorithm of names) {
    for (const qop of ['auth', 'auth-int', '']) {
      for (const context of [{}, { proxy: true }] satisfies CheckContext[]) {
        const { digest } = server({ algorithms: names });
        const verdict = await digest.check(request('INVITE'), users, context);
        const good = answer(verdict, { algorithm, qop, body: 'v=0' });
        assert.equal(summary(await digest.check(good, users, context)), 'ok alice', `${algorithm} ${qop}`);
        const wrong = answer(verdict, { algorithm, qop, password: 'Secret' });
        assert.match(summary(await digest.check(wrong, users, context)), /^challenge 40[17]$/);
      }
    }
  }
});

test('a password kept as its hash is enough, for the algorithms it is kept for {digest-server}', async () => {
  const { digest } = server();
  const hashed: CredentialsOf = (user, realm) => ({
    ha1: { 'SHA-256': digestHex('sha256', `${user}:${realm}:secret`).toUpperCase() },
  });
  const verdict = await digest.check(request('INVITE'), users);
  assert.equal(summary(await digest.check(answer(verdict, { algorithm: 'SHA-256' }), hashed)), 'ok alice');
  assert.equal(summary(await digest.check(answer(verdict, { count: 2 }), hashed)), 'challenge 401');
});

test('a count is taken once, later ones may overtake each other, old nonces are stale {digest-server}', async () => {
  const { sim, digest } = server({ nonceSeconds: 60 });
  const verdict = await digest.check(request('INVITE'), users);
  const outcome = async (count: number): Promise<string> =>
    summary(await digest.check(answer(verdict, { count }), users));
  assert.deepEqual(
    [await outcome(1), await outcome(1), await outcome(40), await outcome(39), await outcome(39), await outcome(8)],
    ['ok alice', 'challenge 401 stale', 'ok alice', 'ok alice', 'challenge 401 stale', 'challenge 401 stale'],
  );
  await sim.clock.advance(62_000);
  assert.equal(await outcome(41), 'challenge 401 stale');
});

test('after a restart a right answer to an old nonce is stale, a wrong one is wrong {digest-server}', async () => {
  const before = server().digest;
  const verdict = await before.check(request('INVITE'), users);
  const after = createDigestServer({
    realm: 'r',
    ...createSimulation({ seed: 2 }).host('10.0.0.1').seams,
  });
  assert.equal(summary(await after.check(answer(verdict), users)), 'challenge 401 stale');
  assert.equal(summary(await after.check(answer(verdict, { password: 'x' }), users)), 'challenge 401');
});

test('the memory of counts is bounded: what was forgotten is stale, never let in again {digest-server}', async () => {
  const { sim, digest } = server({ maxNonces: 2 });
  const verdicts: DigestVerdict[] = [];
  for (let n = 0; n < 3; n++) {
    const verdict = await digest.check(request('INVITE'), users);
    verdicts.push(verdict);
    assert.equal(summary(await digest.check(answer(verdict), users)), 'ok alice');
    await sim.clock.advance(2000);
  }
  const [first, , third] = verdicts;
  assert.ok(first !== undefined && third !== undefined);
  assert.equal(summary(await digest.check(answer(first), users)), 'challenge 401 stale');
  assert.equal(summary(await digest.check(answer(third, { count: 2 }), users)), 'ok alice');
});

test('an answer signed for another method, body or user is refused {digest-server}', async () => {
  const { digest } = server();
  const verdict = await digest.check(request('INVITE'), users);
  for (const given of [
    { signedMethod: 'BYE' },
    { qop: 'auth-int', body: 'v=0', signedBody: 'v=1' },
    { user: 'bob' },
    { user: '' },
  ]) {
    assert.equal(summary(await digest.check(answer(verdict, given), users)), 'challenge 401', JSON.stringify(given));
  }
});

test('a uri that is not the Request-URI gets 400, one that is equal by RFC 3261 19.1.4 or its bare host passes {digest-server}', async () => {
  const { digest } = server();
  const verdict = await digest.check(request('INVITE'), users);
  assert.equal(summary(await digest.check(answer(verdict, { uri: 'sip:other@10.0.0.1' }), users)), 'bad 400');
  assert.equal(summary(await digest.check(answer(verdict, { uri: 'sip:%65cho@10.0.0.1' }), users)), 'ok alice');
  const bare = answer(verdict, { uri: 'sip:10.0.0.1:5060', count: 2 });
  assert.equal(summary(await digest.check(bare, users)), 'ok alice');
  assert.equal(summary(await digest.check(answer(verdict, { uri: 'sip:10.0.0.2' }), users)), 'bad 400');
});

test('credentials that cannot be read get 400, those of other realms and schemes a challenge {digest-server}', async () => {
  const { digest } = server();
  const outcome = async (value: string): Promise<string> =>
    summary(await digest.check(request('INVITE', [`Authorization: ${value}`]), users));
  const start = 'Digest realm="r", username="alice", uri="sip:echo@10.0.0.1", response="0"';
  for (const value of [
    '',
    '  ',
    'Digest',
    'Digest realm=r',
    start,
    `${start}, nonce="1", qop=auth`,
    '"',
    'Digest ,,',
  ]) {
    assert.equal(await outcome(value), 'bad 400', value);
  }
  assert.equal(await outcome(`${start}, nonce="1", qop=auth, nc=00000000, cnonce="1"`), 'bad 400');
  assert.equal(await outcome(`${start}, nonce="1", qop=auth, nc=xyz, cnonce="1"`), 'bad 400');
  for (const value of ['Basic YWxpY2U=:realm=x', 'Digest realm="other"', 'Basic realm="r"']) {
    assert.equal(await outcome(value), 'challenge 401', value);
  }
  assert.equal(await outcome(`${start}, nonce="1", algorithm=AKAv1-MD5`), 'challenge 401');
  assert.equal(await outcome(`${start}, nonce="1"`), 'challenge 401');
});

test('ACK and CANCEL pass, as nobody can challenge them {digest-server}', async () => {
  const { digest } = server();
  assert.equal((await digest.check(request('ACK'), users)).kind, 'ok');
  assert.equal((await digest.check(request('CANCEL'), users)).kind, 'ok');
});

test('after five wrong answers a source is refused for a minute, right or wrong {digest-server}', async () => {
  const { sim, digest } = server();
  const verdict = await digest.check(request('INVITE'), users);
  const from = { source: '10.9.9.9' };
  for (let n = 0; n < 5; n++) await digest.check(answer(verdict, { password: `guess ${n}` }), users, from);
  assert.equal(summary(await digest.check(answer(verdict), users, from)), 'bad 403');
  assert.equal(summary(await digest.check(answer(verdict), users, { source: '10.9.9.8' })), 'ok alice');
  await sim.clock.advance(60_000);
  assert.equal(summary(await digest.check(answer(verdict, { count: 2 }), users, from)), 'ok alice');
});
