import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CandidatePair, IceAgent, iceLimits, iceStateOf, newIceCounts } from '../../../../core/media/ice/index.ts';
import { createSimulation, newSockAddr, setSockAddr, sockAddrText } from '../../../../core/runtime/index.ts';
import { attribute, type CheckOptions, check, readAnswer, type StunAnswer, stun } from './checks.ts';

const ours = { ufrag: 'us', password: 'o'.repeat(32) };
const next = { ufrag: 'next', password: 'n'.repeat(32) };
const timeoutMs = 15_000;

/** An agent whose clock and network are this test's. */
class World {
  nowMs = 1000;
  readonly counts = newIceCounts();
  readonly told: string[] = [];
  readonly agent: IceAgent;
  readonly #answers: StunAnswer[] = [];
  lastAnswerBytes = 0;
  #password = ours.password;

  constructor(configured = true) {
    this.agent = new IceAgent(
      ours,
      timeoutMs,
      {
        counts: this.counts,
        send: (_socket, packet, length) => {
          this.lastAnswerBytes = length;
          this.#answers.push(readAnswer(packet.subarray(0, length), this.#password));
        },
        selected: (pair: CandidatePair) => void this.told.push(`selected ${sockAddrText(pair.address)}`),
        lost: (reason) => void this.told.push(`lost ${reason}`),
        restartFailed: () => void this.told.push('restart failed'),
      },
      this.nowMs,
    );
    if (configured) this.agent.configure(ours, 'them', this.nowMs);
  }

  /** Sends bytes; what is answered, `null`: nothing. */
  raw(bytes: Uint8Array, from = '192.0.2.1', socket = 7): StunAnswer | null {
    this.#answers.length = 0;
    this.lastAnswerBytes = 0;
    this.agent.receive(socket, bytes, bytes.length, setSockAddr(newSockAddr(), from, 5000), this.nowMs);
    return this.#answers[0] ?? null;
  }

  check(options: Partial<CheckOptions> = {}, from = '192.0.2.1'): StunAnswer | null {
    const whole = { username: `${ours.ufrag}:them`, password: ours.password, ...options };
    this.#password = whole.password;
    return this.raw(check(whole), from);
  }

  /** Lets time pass in steps; in each of them `each` may check. */
  pass(ms: number, each: () => void = () => {}): void {
    for (let i = 0; i < ms; i += 500) {
      this.nowMs += 500;
      each();
      this.agent.keepHouse(this.nowMs);
    }
  }
}

test('an authentic check is answered with its source, and one with USE-CANDIDATE nominates it {webrtc}', () => {
  const world = new World();
  const answer = world.check();
  assert.deepEqual([answer?.type, answer?.mapped, answer?.authentic], [0x0101, '192.0.2.1 5000', true]);
  assert.deepEqual(world.told, []);
  world.check({ useCandidate: true });
  world.check({ useCandidate: true });
  assert.deepEqual(world.told, ['selected 192.0.2.1'], 'told more than once, or not at all');
  assert.ok(world.agent.consent);
});

test('what is wrong with a check is answered as RFC 5389 and RFC 8445 say, and changes nothing {webrtc}', () => {
  for (const [name, options, code, signed] of [
    ['no MESSAGE-INTEGRITY', { integrity: false }, 400, null],
    ['a wrong password', { password: 'w'.repeat(32) }, 401, null],
    ['another user name of ours', { username: 'them:us' }, 401, null],
    ['another user name of theirs', { username: 'us:other' }, 401, null],
    ['more than their user name', { username: 'us:them2' }, 401, null],
    ['a user name without colon', { username: 'usthem' }, 401, null],
    ['an unknown attribute that must be understood', { extra: [[0x0033, Buffer.alloc(4)]] }, 420, true],
    ['a priority of two bytes', { extra: [[0x0024, Buffer.alloc(2)]] }, 400, true],
    ['the controlled role', { role: 'controlled' }, 487, true],
  ] as const satisfies readonly (readonly [string, Partial<CheckOptions>, number, boolean | null])[]) {
    const world = new World();
    const answer = world.check({ ...options, useCandidate: true });
    assert.equal(answer?.code, code, name);
    assert.equal(answer?.authentic, signed, name);
    if (code === 420) assert.deepEqual(answer?.unknown, [0x0033]);
    assert.deepEqual(
      [world.told, world.agent.find(7, setSockAddr(newSockAddr(), '192.0.2.1', 5000))],
      [[], null],
      name,
    );
  }
  const world = new World();
  assert.equal(world.raw(stun(1, 1, [], 'x'.repeat(22)))?.code, 400, 'no user name');
  // An attribute that need not be understood, and no role at all: as agents before RFC 8445.
  assert.equal(world.check({ role: null, extra: [[0xc057, Buffer.alloc(4)]] })?.type, 0x0101);
});

test('indications, responses, other methods and a wrong FINGERPRINT get no answer {webrtc}', () => {
  const world = new World();
  for (const type of [0x0011, 0x0101, 0x0111, 0x0003]) assert.equal(world.check({ type, useCandidate: true }), null);
  const damaged = check({ username: 'us:them', password: ours.password });
  damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
  assert.equal(world.raw(damaged), null);
  assert.equal(world.counts.notStun, 5);
  assert.deepEqual(world.told, []);
});

test('another pair is taken when the browser changes its mind, but of all that are nominated together the best {webrtc}', () => {
  const world = new World();
  world.check({ useCandidate: true, priority: 200 }, '192.0.2.2');
  world.check({ useCandidate: true, priority: 100 }, '192.0.2.1');
  world.check({ useCandidate: true, priority: 300 }, '192.0.2.3');
  assert.deepEqual(world.told.splice(0), ['selected 192.0.2.2', 'selected 192.0.2.3']);
  // Chromium nominates what it uses, with each check of it.
  world.nowMs += 100;
  world.check({ priority: 300 }, '192.0.2.3');
  world.check({ useCandidate: true, priority: 100 }, '192.0.2.1');
  assert.deepEqual(world.told, ['selected 192.0.2.1']);
});

test('checks before the answer count: nominated when the answer comes {webrtc}', () => {
  const world = new World(false);
  assert.equal(world.check({ useCandidate: true, username: 'us:anybody' })?.type, 0x0101);
  assert.deepEqual(world.told, []);
  world.agent.configure(ours, 'them', world.nowMs);
  assert.deepEqual(world.told, ['selected 192.0.2.1']);
});

test('a restart: the old pair goes on until one of the new credentials is nominated, then the old ones fade {webrtc}', () => {
  const world = new World();
  const old = { useCandidate: true };
  const fresh = { username: 'next:theirs', password: next.password };
  world.check(old);
  world.agent.restart(next);
  world.agent.restart(next);
  world.pass(2000, () => void world.check(old));
  world.agent.configure(next, 'theirs', world.nowMs);
  world.agent.configure(next, 'theirs', world.nowMs);
  assert.equal(world.counts.restarts, 1);
  assert.ok(world.agent.consent);
  world.check(fresh, '192.0.2.9');
  assert.deepEqual(world.told.splice(0), ['selected 192.0.2.1'], 'a check alone nominates nobody');
  world.check({ ...fresh, useCandidate: true, priority: 1 }, '192.0.2.9');
  assert.deepEqual(world.told.splice(0), ['selected 192.0.2.9']);
  world.check(old);
  assert.deepEqual(world.told, [], 'an old nomination brings nothing back');
  world.pass(iceLimits.oldRoundMs + 500);
  assert.equal(world.check(old)?.code, 401, 'the old credentials are still good');
  world.pass(20_000, () => void world.check({ ...fresh, useCandidate: true }, '192.0.2.9'));
  assert.deepEqual(world.told, []);
});

test('other credentials of theirs alone are a restart too; an offer that came to nothing leaves the old ones {webrtc}', () => {
  const world = new World();
  world.check({ useCandidate: true });
  world.agent.configure(ours, 'again', world.nowMs);
  world.check({ username: 'us:again', useCandidate: true }, '192.0.2.2');
  assert.deepEqual(world.told.splice(0), ['selected 192.0.2.1', 'selected 192.0.2.2']);
  world.agent.restart(next);
  world.agent.configure(ours, 'again', world.nowMs);
  world.pass(20_000, () => void world.check({ username: 'us:again' }, '192.0.2.2'));
  assert.deepEqual(world.told, []);
});

test('a restart that comes to nothing is told, and the old pair goes on {webrtc}', () => {
  const world = new World();
  world.check({ useCandidate: true });
  world.agent.configure(next, 'theirs', world.nowMs);
  world.pass(timeoutMs, () => void world.check({ useCandidate: true }));
  assert.deepEqual(world.told, ['selected 192.0.2.1', 'restart failed']);
  assert.ok(world.agent.consent);
});

test('nobody nominates: given up after the time of the settings {webrtc}', () => {
  const world = new World();
  world.pass(timeoutMs - 500, () => void world.check());
  assert.deepEqual(world.told, []);
  world.pass(500);
  assert.deepEqual(world.told, ['lost timeout']);
  assert.equal(world.agent.heard, 'checks');
});

test('consent lasts 30 s after the last authentic check of the nominated pair {webrtc}', () => {
  const world = new World();
  world.check({ useCandidate: true });
  // Others do not count, nor does what is not authentic.
  world.pass(30_000, () => {
    world.check({}, '192.0.2.2');
    world.check({ password: 'w'.repeat(32) });
  });
  assert.ok(world.agent.consent);
  world.pass(500);
  assert.deepEqual(world.told.splice(0), ['selected 192.0.2.1', 'lost consent']);
  assert.ok(!world.agent.consent);
  world.pass(60_000);
  assert.deepEqual(world.told, [], 'told twice');
  world.check({ useCandidate: true });
  assert.deepEqual(world.told, ['selected 192.0.2.1']);
});

test('consent that is lost while a restart is under way is no end yet {webrtc}', () => {
  const world = new World();
  world.check({ useCandidate: true });
  world.pass(25_000);
  world.agent.configure(next, 'theirs', world.nowMs);
  world.pass(6000);
  assert.deepEqual(world.told.splice(0), ['selected 192.0.2.1', 'lost null']);
  world.check({ username: 'next:theirs', password: next.password, useCandidate: true }, '192.0.2.2');
  assert.deepEqual(world.told.splice(0), ['selected 192.0.2.2']);
  const other = new World();
  other.check({ useCandidate: true });
  other.pass(25_000);
  other.agent.configure(next, 'theirs', other.nowMs);
  other.pass(20_000);
  assert.deepEqual(other.told, ['selected 192.0.2.1', 'lost null', 'lost timeout']);
});

test('a flood of checks, of guesses and of addresses is bounded, and does not keep the browser out {webrtc}', () => {
  const world = new World();
  world.check({ useCandidate: true }, '192.0.2.1');
  let answered = 0;
  for (let i = 0; i < 1000; i++) {
    if (world.check({}, `198.51.100.${i % 200}`) !== null) answered++;
    if (world.check({ username: 'guess:them' }, '203.0.113.1') !== null) answered++;
  }
  // 15 new pairs were checked five times each; all other addresses together had their share, less the one before.
  assert.equal(answered, iceLimits.newChecksPerSecond + iceLimits.errorsPerSecond + 15 * 4 - 1);
  assert.equal(world.counts.checksOverLimit, 2000 - answered);
  assert.ok(world.counts.pairsOverLimit > 0);
  assert.equal(world.agent.state(world.nowMs).pairs.length, iceLimits.pairs);
  assert.equal(world.check({ useCandidate: true }, '192.0.2.1')?.type, 0x0101);
  // Those that are not checked any more make room.
  world.pass(iceLimits.pairIdleMs + 1000, () => void world.check({ useCandidate: true }, '192.0.2.1'));
  assert.equal(world.agent.state(world.nowMs).pairs.length, 1);
});

test('amplification: what is not authentic gets no answer that is longer than itself {webrtc}', () => {
  const world = new World();
  const asked = [
    stun(1, 1, [], null, false),
    stun(1, 2, [], null),
    stun(1, 3, [], 'x'.repeat(22), false),
    stun(1, 4, [attribute(0x0006, Buffer.from('us:them'))], null, false),
    stun(1, 5, [attribute(0x0006, Buffer.from('x'))], 'x'.repeat(22)),
    check({ username: 'us:them', password: 'w'.repeat(32) }),
  ];
  for (const [at, bytes] of asked.entries()) {
    world.nowMs += 1000;
    world.raw(bytes, `203.0.113.${at}`);
    assert.ok(world.lastAnswerBytes <= bytes.length, `${bytes.length} bytes got ${world.lastAnswerBytes}`);
  }
  assert.deepEqual([world.told, world.agent.state(world.nowMs).pairs], [[], []]);
});

test('an agent goes on from the state of another one, in the middle of anything {webrtc}', () => {
  const before = new World();
  before.check({ useCandidate: true });
  before.check({}, '192.0.2.2');
  before.agent.configure(next, 'theirs', before.nowMs);
  before.pass(5000, () => void before.check({ useCandidate: true }));
  const plain: unknown = JSON.parse(JSON.stringify(before.agent.state(before.nowMs)));
  const state = iceStateOf(plain);
  assert.ok(state !== null);
  const after = new World(false);
  after.nowMs = 777_000;
  after.agent.restore(state, after.nowMs);
  assert.ok(after.agent.consent);
  assert.deepEqual(after.agent.state(after.nowMs), before.agent.state(before.nowMs));
  after.pass(9500, () => void after.check({ useCandidate: true }));
  assert.deepEqual(after.told, []);
  after.pass(500);
  assert.deepEqual(after.told, ['restart failed']);
});

test('a state that is none is refused as a whole {webrtc}', () => {
  const world = new World();
  world.check({ useCandidate: true });
  const good = world.agent.state(world.nowMs);
  const [round] = good.rounds;
  const [pair] = good.pairs;
  assert.ok(iceStateOf(good) !== null && round !== undefined && pair !== undefined);
  for (const bad of [
    null,
    7,
    {},
    { ...good, rounds: [] },
    { ...good, rounds: [{ ...round, ufrag: 5 }] },
    { ...good, rounds: [round, round, round, round] },
    { ...good, pairs: [{ ...pair, address: [1, 2, 3] }] },
    { ...good, pairs: [{ ...pair, address: new Array<number>(16).fill(256) }] },
    { ...good, pairs: [{ ...pair, checkedAgoMs: Number.NaN }] },
    { ...good, pairs: new Array(iceLimits.pairs + 1).fill(pair) },
    { ...good, consent: 'yes' },
    { ...good, selected: 0.5 },
  ]) {
    assert.equal(iceStateOf(bad), null, JSON.stringify(bad));
  }
});

test('hostile STUN: 20,000 damaged and random packets throw nothing, nominate nobody, and are answered shorter than 256 bytes {webrtc}', () => {
  const { random } = createSimulation({ seed: 20_260_721 }).host('192.0.2.9').seams;
  const world = new World();
  for (let i = 0; i < 20_000; i++) {
    world.nowMs += 20;
    const good = check({ username: 'us:them', password: ours.password, useCandidate: true });
    let bytes: Buffer = Buffer.from(good);
    const way = random.integer(4);
    if (way === 0) bytes = bytes.subarray(0, random.integer(bytes.length));
    else if (way === 1) {
      // FINGERPRINT made right again: only MESSAGE-INTEGRITY stands between.
      const whole = good.subarray(20, good.length - 32);
      const body = Buffer.from(whole);
      for (let n = random.integer(4); n >= 0; n--) body[random.integer(body.length)] = random.integer(256);
      if (body.equals(whole)) continue;
      bytes = stun(1, i, [body, Buffer.from(good.subarray(good.length - 32, good.length - 8))], null);
    } else if (way === 2) {
      for (let n = random.integer(3); n >= 0; n--) {
        const at = random.integer(bytes.length - 8); // up to FINGERPRINT, which need not be there
        bytes[at] = (bytes[at] ?? 0) ^ (1 + random.integer(255));
      }
      if (bytes.equals(good)) continue;
    } else {
      bytes = Buffer.from(random.secure(random.integer(200)));
      if (bytes.length >= 8) bytes.writeUInt32BE(0x2112a442, 4);
    }
    if (!bytes.equals(good)) world.raw(bytes, `198.51.100.${random.integer(250)}`);
  }
  assert.deepEqual(world.told, []);
  assert.equal(world.counts.checks, 0);
  assert.ok(world.counts.notStun > 1000 && world.counts.unauthorized > 100);
});
