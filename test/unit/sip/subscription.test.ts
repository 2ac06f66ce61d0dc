import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  Notification,
  ServerSubscription,
  SubscribeOptions,
  SubscriptionChange,
} from '../../../core/sip/index.ts';
import { type Lab, lab, type Peer } from './lab.ts';

/** A subscription of ours to a peer that says what it is told. */
async function subscribing(options: Partial<SubscribeOptions> = {}) {
  const w = await lab();
  const peer = await w.peer('10.0.0.9');
  const notes: Notification[] = [];
  const changes: SubscriptionChange[] = [];
  const subscription = w.stack.subscribe({
    requestUri: 'sip:bob@10.0.0.9',
    from: '<sip:us@10.0.0.1>',
    to: '<sip:bob@10.0.0.9>',
    event: 'message-summary',
    accept: ['application/simple-message-summary'],
    expiresSeconds: 600,
    onNotify: (note) => notes.push(note),
    onState: (change) => changes.push(change),
    ...options,
  });
  await w.pass(50);
  return { ...w, peer, notes, changes, subscription, sent: peer.lastRequest('SUBSCRIBE') };
}

type Subscribing = Awaited<ReturnType<typeof subscribing>>;

/** A NOTIFY of the peer in the dialog of our SUBSCRIBE. */
function notify(
  w: Subscribing,
  state: string,
  options: { cseq?: number; tag?: string; headers?: string[] } = {},
): Promise<void> {
  const { cseq = 1, tag = 'bob', headers = ['Event: message-summary', `Subscription-State: ${state}`] } = options;
  const own = w.sent.fromTag;
  const text = w.peer
    .request('NOTIFY', { callId: w.sent.callId, cseq, fromTag: tag, toTag: own, uri: 'sip:us@10.0.0.1', headers })
    .replace(/^From: .*$/m, `From: <sip:bob@10.0.0.9>;tag=${tag}`)
    .replace(/branch=[^;]*/, `branch=z9hG4bK${tag}${cseq}`);
  return w.peer.send(text);
}

const granted = (w: Subscribing, seconds: number): Promise<void> =>
  w.peer.send(
    w.peer.response(w.peer.lastRequest('SUBSCRIBE'), 200, { toTag: 'bob', headers: [`Expires: ${seconds}`] }),
  );

test('corner case 130: a NOTIFY that comes before the 200 makes the subscription {sip-subscribe}', async () => {
  const w = await subscribing();
  assert.equal(w.sent.header('event'), 'message-summary');
  assert.equal(w.sent.header('expires'), '600');
  await notify(w, 'active;expires=600');
  assert.equal(w.peer.lastResponse().status, 200);
  assert.equal(w.subscription.state, 'active');
  await granted(w, 600);
  assert.equal(w.notes.length, 1);
  w.subscription.close();
  await w.assertEmpty();
});

test('a subscription is refreshed a minute before its end, in the dialog of the NOTIFY {sip-subscribe}', async () => {
  const w = await subscribing();
  await granted(w, 600);
  await notify(w, 'active;expires=600');
  await w.pass(540_000);
  const refresh = w.peer.lastRequest('SUBSCRIBE');
  assert.equal(refresh.toTag, 'bob');
  assert.equal(refresh.cseq.number, 2);
  assert.equal(refresh.uri, 'sip:peer@10.0.0.9:5060');
  await granted(w, 600);
  w.subscription.unsubscribe();
  await w.pass(50);
  assert.equal(w.peer.lastRequest('SUBSCRIBE').header('expires'), '0');
  await w.peer.send(w.peer.response(w.peer.lastRequest('SUBSCRIBE'), 200, { headers: ['Expires: 0'] }));
  await notify(w, 'terminated;reason=timeout', { cseq: 2 });
  assert.equal(w.subscription.state, 'terminated');
  assert.equal(w.changes.at(-1)?.retryAfterMs, null);
  await w.assertEmpty();
});

test('a SUBSCRIBE without NOTIFY fails when timer N ends {sip-subscribe}', async () => {
  const w = await subscribing();
  await granted(w, 600);
  await w.pass(32_000);
  assert.deepEqual(
    w.changes.map(({ state, status }) => [state, status]),
    [['terminated', 408]],
  );
  await w.assertEmpty();
});

test('423 is repeated once with Min-Expires; 489 ends the subscription {sip-subscribe}', async () => {
  const w = await subscribing();
  await w.peer.send(w.peer.response(w.sent, 423, { headers: ['Min-Expires: 1800'] }));
  const again = w.peer.lastRequest('SUBSCRIBE');
  assert.equal(again.header('expires'), '1800');
  assert.equal(again.callId, w.sent.callId);
  assert.equal(again.cseq.number, 2);
  await w.peer.send(w.peer.response(again, 489));
  assert.deepEqual(
    w.changes.map(({ status }) => status),
    [489],
  );
  await w.assertEmpty();
});

test('NOTIFYs of a second notifier get 481, or are a usage of their own when forks are wanted {sip-subscribe}', async () => {
  for (const forks of ['refuse', 'accept'] as const) {
    const w = await subscribing({ forks });
    await notify(w, 'active;expires=600');
    await notify(w, 'active;expires=600', { tag: 'carol' });
    assert.equal(w.peer.lastResponse().status, forks === 'accept' ? 200 : 481);
    assert.deepEqual(
      w.notes.map(({ remoteTag }) => remoteTag),
      forks === 'accept' ? ['bob', 'carol'] : ['bob'],
    );
    w.subscription.close();
    await w.assertEmpty();
  }
});

test('a NOTIFY of another package, without a state, or out of order is refused {sip-subscribe}', async () => {
  const w = await subscribing();
  await notify(w, '', { headers: ['Event: presence', 'Subscription-State: active'] });
  assert.equal(w.peer.lastResponse().status, 481);
  await notify(w, '', { cseq: 2, headers: ['Event: message-summary'] });
  assert.equal(w.peer.lastResponse().status, 400);
  await notify(w, 'active;expires=600', { cseq: 5 });
  await notify(w, 'active;expires=600', { cseq: 4 });
  assert.equal(w.peer.lastResponse().status, 500);
  assert.equal(w.peer.lastResponse().header('retry-after'), '0');
  w.subscription.close();
  await w.assertEmpty();
});

test('the reason of the end says when to try again {sip-subscribe}', async () => {
  for (const [state, retryAfterMs] of [
    ['terminated;reason=deactivated', 0],
    ['terminated;reason=probation;retry-after=20', 20_000],
    ['terminated;reason=rejected', null],
    ['terminated;reason=giveup', 30_000],
    ['terminated;reason=noresource', null],
    ['active;expires=0', 30_000],
  ] as const) {
    const w = await subscribing();
    await notify(w, state);
    assert.equal(w.subscription.state, 'terminated');
    assert.equal(w.changes.at(-1)?.retryAfterMs, retryAfterMs, state);
    await w.assertEmpty();
  }
});

test('481 to a refresh ends the usage; 500 leaves it until its time is over {sip-subscribe}', async () => {
  for (const status of [481, 500]) {
    const w = await subscribing();
    await notify(w, 'active;expires=600');
    await granted(w, 600);
    w.subscription.refresh();
    await w.pass(50);
    await w.peer.send(w.peer.response(w.peer.lastRequest('SUBSCRIBE'), status));
    assert.equal(w.subscription.state, status === 481 ? 'terminated' : 'active');
    w.subscription.close();
    await w.assertEmpty();
  }
});

// --- notifier

/** A stack with a notifier, and a peer that subscribes. */
async function notifying(expires: number | null = 600, accepts: (subscription: ServerSubscription) => void = accept) {
  const w = await lab();
  const peer = await w.peer('10.0.0.9');
  const got: ServerSubscription[] = [];
  w.stack.notifier('presence', {
    types: ['application/pidf+xml'],
    onSubscribe(subscription) {
      got.push(subscription);
      accepts(subscription);
    },
  });
  await subscribe(peer, { expires });
  return { ...w, peer, got };
}

const body = (text: string) => ({ contentType: 'application/pidf+xml', content: new TextEncoder().encode(text) });
const accept = (subscription: ServerSubscription): void => subscription.accept({ body: body('open') });

function subscribe(
  peer: Peer,
  options: { expires?: number | null; event?: string; cseq?: number; toTag?: string; headers?: string[] } = {},
): Promise<void> {
  const { expires = 600, event = 'presence', cseq = 1, toTag = '', headers = [] } = options;
  const lines = [`Event: ${event}`, ...(expires === null ? [] : [`Expires: ${expires}`]), ...headers];
  return peer.send(peer.request('SUBSCRIBE', { cseq, toTag, headers: lines }));
}

const states = (peer: Peer): (string | null)[] =>
  peer.heard.flatMap((message) =>
    message.kind === 'request' && message.method === 'NOTIFY' ? [message.header('subscription-state')] : [],
  );

const yes = (peer: Peer): Promise<void> => peer.send(peer.response(peer.lastRequest('NOTIFY'), 200));

test('a SUBSCRIBE gets 200 with Expires and Contact, and a NOTIFY at once {sip-subscribe}', async () => {
  const w = await notifying();
  const answer = w.peer.lastResponse();
  assert.equal(answer.status, 200);
  assert.equal(answer.header('expires'), '600');
  assert.match(answer.header('contact') ?? '', /^<sip:.*@10\.0\.0\.1:5060>$/);
  const first = w.peer.lastRequest('NOTIFY');
  assert.equal(first.uri, 'sip:peer@10.0.0.9:5060');
  assert.equal(first.toTag, 'peer');
  assert.equal(first.header('event'), 'presence');
  assert.equal(new TextDecoder().decode(first.body), 'open');
  await yes(w.peer);
  w.got[0]?.notify(body('closed'));
  w.got[0]?.notify(body('busy'));
  await w.pass(50);
  assert.equal(states(w.peer).length, 2, 'one at a time');
  await yes(w.peer);
  assert.equal(states(w.peer).length, 3);
  await yes(w.peer);
  await subscribe(w.peer, { cseq: 2, expires: 0, toTag: answer.toTag });
  assert.equal(states(w.peer).at(-1), 'terminated;reason=timeout');
  await yes(w.peer);
  await w.assertEmpty();
});

test('a subscription that nobody refreshes ends with a NOTIFY; a refresh prolongs it {sip-subscribe}', async () => {
  const w = await notifying(60);
  await yes(w.peer);
  await w.pass(50_000);
  await subscribe(w.peer, { cseq: 2, expires: 60, toTag: w.got[0]?.ids.localTag ?? '' });
  assert.equal(w.peer.statuses.at(-1), 200);
  await yes(w.peer);
  await w.pass(59_000);
  assert.equal(w.got[0]?.state, 'active');
  await w.pass(2000);
  assert.equal(states(w.peer).at(-1), 'terminated;reason=timeout');
  await yes(w.peer);
  await w.assertEmpty();
});

test('Expires 0 polls; a short time gets 423, an unknown package goes to the owner {sip-subscribe}', async () => {
  const w = await notifying(0);
  assert.deepEqual(states(w.peer), ['terminated;reason=timeout']);
  await yes(w.peer);
  await subscribe(w.peer, { cseq: 2, expires: 5 });
  assert.equal(w.peer.lastResponse().header('min-expires'), '60');
  await subscribe(w.peer, { cseq: 3, headers: ['Accept: text/html'] });
  assert.equal(w.peer.lastResponse().status, 406);
  await subscribe(w.peer, { cseq: 4, event: 'dialog' });
  w.requests[0]?.respond(489);
  await w.pass(20);
  assert.equal(w.peer.lastResponse().header('allow-events'), 'presence');
  await w.assertEmpty();
});

test('pending, then active, then rejected; 481 to a NOTIFY ends the subscription {sip-subscribe}', async () => {
  const w = await notifying(600, (subscription) => subscription.accept({ pending: true }));
  assert.match(states(w.peer)[0] ?? '', /^pending;expires=600$/);
  await yes(w.peer);
  w.got[0]?.notify(body('open'), { active: true });
  await w.pass(20);
  assert.match(states(w.peer)[1] ?? '', /^active/);
  const ends: string[] = [];
  const [subscription] = w.got;
  assert(subscription !== undefined);
  subscription.onEnd = (reason) => ends.push(reason);
  await w.peer.send(w.peer.response(w.peer.lastRequest('NOTIFY'), 481));
  assert.deepEqual(ends, ['peerGone']);
  await subscribe(w.peer, { cseq: 2, toTag: subscription.ids.localTag });
  assert.equal(w.peer.lastResponse().status, 481);
  await w.assertEmpty();
});

test('one address may hold so many subscriptions and no more {sip-subscribe}', async () => {
  const w = await notifying();
  for (let index = 2; index <= 201; index++)
    await w.peer.send(
      w.peer.request('SUBSCRIBE', { callId: `c${index}`, cseq: index, headers: ['Event: presence', 'Expires: 600'] }),
    );
  assert.equal(w.got.length, 200);
  assert.ok(w.peer.statuses.includes(503));
  for (const subscription of w.got) subscription.terminate('deactivated');
  await w.assertEmpty();
});

test('a NOTIFY to a tag that we never gave gets 481 {sip-subscribe}', async () => {
  const w: Lab = await lab();
  const peer = await w.peer('10.0.0.9');
  await peer.send(
    peer.request('NOTIFY', { toTag: 'nobody', headers: ['Event: presence', 'Subscription-State: active'] }),
  );
  assert.equal(peer.lastResponse().status, 481);
  await w.assertEmpty();
});

test('a REFER outside a dialog makes a subscription: 202, then NOTIFYs in the dialog that it opened {sip-refer}', async () => {
  const w = await lab();
  const peer = await w.peer('10.0.0.9');
  const record = 'Record-Route: <sip:10.0.0.9;lr>';
  await peer.send(peer.request('REFER', { headers: ['Refer-To: <sip:bob@10.0.0.3>', record] }));
  const [request] = w.requests;
  assert(request !== undefined);
  const subscription = w.stack.referSubscription(null, request, null);
  subscription.accept({ status: 202, body: body('100') });
  await w.pass(20);
  assert.equal(peer.lastResponse().status, 202);
  assert.equal(peer.lastResponse().header('record-route'), '<sip:10.0.0.9;lr>');
  assert.match(peer.lastResponse().header('contact') ?? '', /@10\.0\.0\.1:5060>$/);
  const first = peer.lastRequest('NOTIFY');
  assert.equal(first.header('event'), 'refer');
  assert.equal(first.header('route'), '<sip:10.0.0.9;lr>');
  assert.equal(first.fromTag, peer.heard.find((message) => message.kind === 'response')?.toTag);
  await yes(peer);
  subscription.terminate('noresource', { body: body('200') });
  await w.pass(20);
  assert.equal(states(peer).at(-1), 'terminated;reason=noresource');
  await yes(peer);
  await w.assertEmpty();
});

test('a subscription within a call shares its dialog and ends with it {sip-subscribe}', async () => {
  const w = await lab();
  const peer = await w.peer('10.0.0.9');
  await peer.send(peer.request('INVITE'));
  const [dialog] = w.dialogs;
  assert(dialog !== undefined);
  dialog.respond(200);
  await w.pass(20);
  const toTag = dialog.ids.localTag;
  await peer.send(peer.request('ACK', { toTag, branch: 'z9hG4bKack' }));
  const got: ServerSubscription[] = [];
  w.stack.notifier('kpml', {
    onSubscribe(subscription) {
      got.push(subscription);
      subscription.accept();
    },
  });
  await peer.send(peer.request('SUBSCRIBE', { cseq: 2, toTag, headers: ['Event: kpml', 'Expires: 600'] }));
  const asked = w.events.findLast((event) => event.kind === 'request');
  assert(asked?.kind === 'request' && w.stack.takeSubscription(dialog, asked.request));
  await w.pass(20);
  assert.equal(peer.lastRequest('NOTIFY').callId, dialog.ids.callId);
  await yes(peer);
  await peer.send(peer.request('BYE', { cseq: 3, toTag }));
  assert.equal(got[0]?.state, 'terminated');
  await w.assertEmpty();
});
