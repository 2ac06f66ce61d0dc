/** The module `webhooks` in simulated time: receivers that are slow, away, that refuse. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { DiValue } from '../../core/di/index.ts';
import type { HttpExchange, SimWebReply } from '../../core/http/index.ts';
import { memoryStorage, type Storage } from '../../core/storage/index.ts';
import { type World, world } from '../support/world.ts';

const secret = 'a-secret-of-the-test';
const url = 'http://10.9.9.9/hook';

interface Body {
  readonly hook: string;
  readonly gap?: { readonly reason: string };
  readonly events: readonly {
    readonly id: number;
    readonly name: string;
    readonly payload: { readonly call: string };
  }[];
}

const bodyOf = ({ body }: HttpExchange): Body => JSON.parse(String(body));

async function hookWorld(options: { storage?: Storage; config?: object; events?: object } = {}): Promise<World> {
  return world({
    phone: null,
    ...(options.storage === undefined ? {} : { storage: options.storage }),
    config: {
      modules: { webhooks: options.config ?? {} },
      outgoing: { allow: ['10.9.9.0/24'] },
      rpc: { listen: null, netstring: null, events: options.events ?? {} },
    },
  });
}

function publish({ server }: World, call: string, count = 1): void {
  for (let at = 0; at < count; at++)
    server.bus.publish('call.ringing', {
      call: count === 1 ? call : `${call}${at}`,
      trace: 't',
      status: 180,
      reason: '',
    });
}

/** The calls of all events that a receiver answered with 200, in order. */
function receiver(
  w: World,
  place: string,
  reply: (body: Body) => SimWebReply | null = () => ({ status: 200 }),
): string[] {
  const taken: string[] = [];
  w.web.serve(place, (exchange) => {
    const body = bodyOf(exchange);
    const answer = reply(body);
    if (answer?.status === 200) taken.push(...body.events.map(({ payload }) => payload.call));
    return answer;
  });
  return taken;
}

const add = (w: World, options: object = {}) => w.invoke('webhooks.add', url, { id: 'h', secret, ...options });
const listed = async (w: World) => {
  const [hook] = (await w.invoke('webhooks.list')) as unknown as { [key: string]: unknown }[];
  return hook ?? {};
};

test('events are posted signed, in order, batched when they wait {webhooks}', async () => {
  const w = await hookWorld();
  const taken = receiver(w, '10.9.9.9:80');
  assert.deepEqual(await add(w), { hook: 'h', secret: null });
  publish(w, 'a');
  publish(w, 'b', 3);
  w.server.bus.publish('dtmf', { call: 'no', trace: 't', key: '1', durationMs: 80, source: 'rtp' });
  await w.advance(100);
  assert.deepEqual(taken, ['a', 'b0', 'b1', 'b2']);
  const [first] = w.web.exchanges;
  assert.ok(first !== undefined);
  const { headers, body } = first;
  const expected = createHmac('sha256', secret).update(`${headers['Callbus-Timestamp']}.${body}`).digest('hex');
  assert.equal(headers['Callbus-Signature'], `v1=${expected}`);
  assert.deepEqual([headers['Callbus-Hook'], headers['Callbus-Attempt'], first.method], ['h', '1', 'POST']);
  assert.ok(w.web.exchanges.length <= 2);
  await w.stop();
});

test('a receiver that fails gets everything when it is back, in order, with longer and longer pauses {webhooks}', async () => {
  const w = await hookWorld();
  let isUp = false;
  const taken = receiver(w, '10.9.9.9:80', () => ({ status: isUp ? 200 : 503 }));
  await add(w);
  publish(w, 'a');
  await w.advance(60_000);
  const attempts = w.web.exchanges.length;
  assert.ok(attempts >= 5 && attempts <= 8, String(attempts));
  publish(w, 'b');
  const row = await listed(w);
  assert.deepEqual([row['state'], row['lastFault'], row['deadLetters']], ['retrying', 'HTTP 503', 0]);
  assert.equal(w.eventsOf('webhooks.failing').length, 1);
  isUp = true;
  await w.advance(300_000);
  assert.deepEqual(taken, ['a', 'b']);
  assert.equal(w.eventsOf('webhooks.recovered').length, 1);
  await w.stop();
});

test('a receiver that never answers delays no other {webhooks}', async () => {
  const w = await hookWorld();
  receiver(w, '10.9.9.8:80', () => null);
  const taken = receiver(w, '10.9.9.9:80');
  await w.invoke('webhooks.add', 'http://10.9.9.8/slow', { id: 'slow' });
  await add(w);
  publish(w, 'a', 50);
  await w.advance(100);
  assert.equal(taken.length, 50);
  await w.stop();
});

test('an event that a receiver rejects is a dead letter, the others of its batch are not; it can be sent again {webhooks}', async () => {
  const w = await hookWorld();
  let poison = 'b1';
  const taken = receiver(w, '10.9.9.9:80', ({ events }) => ({
    status: events.some(({ payload }) => payload.call === poison) ? 422 : 200,
  }));
  await add(w);
  publish(w, 'b', 3);
  publish(w, 'c');
  await w.advance(1000);
  assert.deepEqual(taken, ['b0', 'b2', 'c']);
  const letters = (await w.invoke('webhooks.deadLetters', 'h')) as unknown as {
    id: number;
    payload: { call: string };
  }[];
  assert.deepEqual(
    letters.map(({ payload }) => payload.call),
    ['b1'],
  );
  assert.equal(w.eventsOf('webhooks.deadLetter').length, 1);
  assert.equal(await w.invoke('webhooks.retry', 'h'), 1);
  await w.advance(1000);
  assert.equal((await listed(w))['deadLetters'], 1);
  poison = '';
  assert.equal(await w.invoke('webhooks.retry', 'h', [letters[0]?.id ?? 0]), 1);
  await w.advance(1000);
  assert.deepEqual([taken.at(-1), (await listed(w))['deadLetters']], ['b1', 0]);
  await w.stop();
});

test('what cannot be delivered for long is given up; dead letters are bounded {webhooks}', async () => {
  const w = await hookWorld({ config: { give_up_hours: 0.5, dead_letters: 2, batch: 1 } });
  await add(w);
  publish(w, 'a', 4);
  await w.advance(3_600_000);
  const row = await listed(w);
  assert.equal(row['deadLetters'], 2);
  assert.match(String(row['lastFault']), /ECONNREFUSED/);
  const letters = (await w.invoke('webhooks.deadLetters', 'h')) as unknown as { payload: { call: string } }[];
  assert.deepEqual(
    letters.map(({ payload }) => payload.call),
    ['a2', 'a3'],
  );
  await w.stop();
});

test('webhooks go on after a restart where they were; what was published meanwhile is not missed {webhooks} {event-log}', async () => {
  const storage = memoryStorage();
  const first = await hookWorld({ storage });
  const before = receiver(first, '10.9.9.9:80');
  await add(first);
  publish(first, 'a');
  await first.advance(2000);
  first.web.remove('10.9.9.9:80');
  publish(first, 'b');
  await first.advance(100);
  await first.stop();
  assert.deepEqual(before, ['a']);

  const second = await hookWorld({ storage });
  const after = receiver(second, '10.9.9.9:80');
  publish(second, 'c');
  await second.advance(5000);
  assert.deepEqual(after, ['b', 'c']);
  const ids = second.web.exchanges.flatMap((exchange) => bodyOf(exchange).events.map(({ id }) => id));
  assert.deepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
  );
  assert.equal(await second.invoke('webhooks.remove', 'h'), true);
  await assert.rejects(second.invoke('webhooks.test', 'h'), { code: 'webhook.unknown' });
  publish(second, 'd');
  await second.advance(5000);
  assert.deepEqual(after, ['b', 'c']);
  await second.stop();
});

test('a webhook that comes after the log has dropped is told of the gap {webhooks} {event-log}', async () => {
  const w = await hookWorld({ events: { keep: 1000 } });
  await add(w);
  publish(w, 'x', 9000);
  await w.advance(1000);
  const gaps: unknown[] = [];
  let events = 0;
  w.web.serve('10.9.9.9:80', (exchange) => {
    const { gap, events: given } = bodyOf(exchange);
    if (gap !== undefined) gaps.push(gap.reason);
    events += given.length;
    return { status: 200 };
  });
  await w.advance(60_000);
  // The first request was made before anything was dropped: it goes out whole.
  assert.deepEqual(gaps, ['dropped']);
  assert.ok(events < 9000 && events >= 1000, String(events));
  await w.stop();
});

test('a webhook sees what its maker may see, and only what it filters {webhooks}', async () => {
  const w = await hookWorld();
  const taken = receiver(w, '10.9.9.9:80');
  const viewer = {
    caller: { name: 'v', scopes: ['webhooks:control', 'calls:read'], limits: {} },
    face: 'json-rpc',
    source: '192.0.2.1',
    deadlineMs: null,
    traceId: 't',
    log: w.seams.log,
  } as const;
  await w.invokeAs(viewer, 'webhooks.add', [url, { id: 'h', filters: ['*'], match: { call: ['a', 'room'] } }]);
  publish(w, 'a');
  publish(w, 'b');
  w.server.bus.publish('conference.joined', { call: 'room', trace: 't', room: '1', participants: 1 });
  await w.advance(1000);
  assert.deepEqual(taken, ['a']);
  await w.stop();
});

test('who changes a webhook and may see less does not get its dead letters by retry {webhooks} {access-control}', async () => {
  const w = await hookWorld();
  receiver(w, '10.9.9.9:80', () => ({ status: 422 }));
  await add(w);
  publish(w, 'secret');
  await w.advance(1000);
  assert.equal((await listed(w))['deadLetters'], 1);
  const stranger = {
    caller: { name: 's', scopes: ['webhooks:control', 'webhooks:read'], limits: {} },
    face: 'json-rpc',
    source: '192.0.2.1',
    deadlineMs: null,
    traceId: 't',
    log: w.seams.log,
  } as const;
  const taken = receiver(w, '10.9.9.8:80');
  await w.invokeAs(stranger, 'webhooks.add', ['http://10.9.9.8/', { id: 'h', after: 0 }]);
  assert.deepEqual(await w.invokeAs(stranger, 'webhooks.deadLetters', ['h']), []);
  assert.equal(await w.invokeAs(stranger, 'webhooks.retry', ['h']), 0);
  publish(w, 'another');
  await w.advance(1000);
  assert.deepEqual(taken, []);
  await w.stop();
});

test('a test event is sent at once, and what came back is told {webhooks}', async () => {
  const w = await hookWorld();
  w.web.serve('10.9.9.9:80', () => ({ status: 302, headers: { location: 'http://169.254.169.254/' } }));
  const made = (await w.invoke('webhooks.add', url, { id: 'h' })) as unknown as { secret: string };
  assert.match(made.secret, /^[0-9a-f]{64}$/);
  const told = (await w.invoke('webhooks.test', 'h')) as unknown as { delivered: boolean; status: number };
  assert.deepEqual([told.delivered, told.status, w.web.exchanges.length], [false, 302, 1]);
  await w.stop();
});

for (const [title, params, code] of [
  ['no URL', ['hooks'], 'rpc.wrongType'],
  ['a file', ['file:///etc/passwd'], 'http.invalid'],
  ['a filter that is none', [url, { filters: ['a b'] }], 'rpc.wrongType'],
  ['a filter bomb', [url, { filters: Array.from({ length: 65 }, () => '*') }], 'rpc.wrongType'],
  ['deep matches', [url, { match: { a: { b: 1 } } }], 'rpc.wrongType'],
  ['events that are not kept', [url, { filters: ['dtmf'] }], 'rpc.wrongType'],
  ['a negative position', [url, { after: -1 }], 'rpc.wrongType'],
  ['a short secret', [url, { secret: 'short' }], 'rpc.wrongType'],
  ['an id with a path', [url, { id: '../x' }], 'rpc.wrongType'],
] satisfies readonly (readonly [string, readonly DiValue[], string])[]) {
  test(`webhooks.add with ${title} is refused {webhooks}`, async () => {
    const w = await hookWorld();
    await assert.rejects(w.invoke('webhooks.add', ...params), { code });
    await w.stop();
  });
}

test('a URL of a caller to a private address is not reached, and nothing leaks of the reply {webhooks}', async () => {
  const w = await hookWorld();
  w.web.serve('10.0.0.7:80', () => ({ status: 200, body: 'inside' }));
  await w.invoke('webhooks.add', 'http://10.0.0.7/', { id: 'h' });
  const told = (await w.invoke('webhooks.test', 'h')) as unknown as { reason: string };
  assert.match(told.reason, /outgoing\.allow/);
  assert.equal(w.web.exchanges.length, 0);
  await w.stop();
});

test('a webhook ends with the token of its maker: revoked, expired, over a restart; another who adds it goes on there {webhooks}', async () => {
  const storage = memoryStorage();
  const w = await hookWorld({ storage });
  const { tokens } = w.server.rpc;
  const made = async (name: string, expiresUnixMs: number | null = null) => {
    const scopes = ['webhooks:control', 'calls:read'];
    const { token } = await w.driver.during(tokens.create({ name, scopes, expiresUnixMs }), 1000, 'create');
    const caller = await w.driver.during(tokens.verify(token), 1000, 'verify');
    assert.ok(caller !== null);
    return { ...w.server.bus.moduleContext('test'), caller };
  };
  const taken = receiver(w, '10.9.9.9:80');
  const shop = await made('shop');
  await w.invokeAs(shop, 'webhooks.add', [url, { id: 'h', secret }]);
  publish(w, 'a');
  await w.advance(100);
  await w.invoke('tokens.rotate', 'shop', { graceMinutes: 0 });
  publish(w, 'b');
  await w.advance(100);
  assert.deepEqual(taken, ['a', 'b']);

  assert.equal(await w.invoke('tokens.revoke', 'shop'), true);
  publish(w, 'c');
  await w.advance(300_000);
  assert.deepEqual(taken, ['a', 'b']);
  const row = await listed(w);
  assert.deepEqual([row['state'], row['addedBy']], ['stopped', 'shop']);
  assert.match(String(row['lastFault']), /maker/);
  assert.equal(w.eventsOf('webhooks.failing').length, 1);
  const tried = (await w.invoke('webhooks.test', 'h')) as unknown as { delivered: boolean };
  assert.equal(tried.delivered, false);

  const month = await made('month', w.clock.unixMs() + 3_600_000);
  await w.invokeAs(month, 'webhooks.add', [url, { id: 'h', secret }]);
  await w.advance(100);
  assert.deepEqual(taken, ['a', 'b', 'c']);
  await w.advance(3_600_000);
  publish(w, 'd');
  await w.advance(120_000);
  assert.deepEqual(taken, ['a', 'b', 'c']);
  // The clock of the next world begins anew.
  await w.invoke('tokens.revoke', 'month');
  await w.stop();
  const again = await hookWorld({ storage });
  const late = receiver(again, '10.9.9.9:80');
  await again.advance(120_000);
  assert.deepEqual([taken, late], [['a', 'b', 'c'], []]);
  await again.stop();
});

test('a token with fewer rights than when it made a webhook gets fewer events by it {webhooks}', async () => {
  const w = await hookWorld();
  const { tokens } = w.server.rpc;
  const during = <T>(work: Promise<T>): Promise<T> => w.driver.during(work, 1000, 'tokens');
  const { token } = await during(tokens.create({ name: 't', scopes: ['webhooks:control', '*:read'] }));
  const caller = await during(tokens.verify(token));
  assert.ok(caller !== null);
  const taken = receiver(w, '10.9.9.9:80');
  await w.invokeAs({ ...w.server.bus.moduleContext('test'), caller }, 'webhooks.add', [url, { id: 'h', secret }]);
  await w.invoke('tokens.revoke', 't');
  await w.invoke('tokens.create', 't', { scopes: ['webhooks:control', 'calls:read'], only: { call: ['mine'] } });
  publish(w, 'other');
  publish(w, 'mine');
  await w.advance(100);
  assert.deepEqual(taken, ['mine']);
  await w.stop();
});

test('one id added twice at once is one webhook {webhooks}', async () => {
  const w = await hookWorld();
  const taken = receiver(w, '10.9.9.9:80');
  const { bus } = w.server;
  const twice = [1, 2].map(() => bus.invoke('webhooks', 'add', [url, { id: 'h', secret }], bus.moduleContext('test')));
  await w.driver.during(Promise.all(twice), 1000, 'add');
  publish(w, 'a');
  await w.advance(100);
  assert.deepEqual(taken, ['a']);
  await w.stop();
});
