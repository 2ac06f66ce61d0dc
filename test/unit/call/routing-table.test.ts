import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Router } from '../../../core/call/routing.ts';
import { RoutingTable } from '../../../core/call/routing-table.ts';

const all = () => true;
const request = (uri: string) => ({ uri, applicationHeader: null });
const configured = [{ match: '^sip:1', application: 'one' }, { application: '$(ruri.user)' }];

test('added rules stand behind the configuration, or before it when that is said {routing-runtime}', () => {
  const table = new RoutingTable(configured, []);
  table.add({ id: 'late', place: 'after', rule: { application: 'late' } });
  assert.equal(table.route(request('sip:x@h'), all)?.rule, 'routing[1]');
  table.add({ id: 'early', place: 'before', rule: { match: '^sip:x@', application: 'early' } });
  assert.equal(table.route(request('sip:x@h'), all)?.rule, 'early');
  assert.equal(table.route(request('sip:1@h'), all)?.rule, 'routing[0]');
  assert.deepEqual(
    table.list().map(({ id }) => id),
    ['early', 'routing[0]', 'routing[1]', 'late'],
  );
});

test('an added rule is replaced where it stands, and a rule of the configuration is not touched {routing-runtime}', () => {
  const table = new RoutingTable(configured, []);
  for (const id of ['a', 'b', 'a']) table.add({ id, place: 'after', rule: { application: id } });
  assert.equal(table.list().length, 4);
  assert.throws(() => table.check({ id: 'routing[0]', place: 'after', rule: { application: 'x' } }), {
    code: 'routing.fixed',
  });
  assert.throws(() => table.checkRemovable('routing[0]'), { code: 'routing.fixed' });
  assert.throws(() => table.checkRemovable('c'), { code: 'routing.unknown' });
  table.remove('a');
  assert.equal(table.find('a'), null);
});

test('a rule that makes no sense is refused, and nothing changes {routing-runtime}', () => {
  const table = new RoutingTable(configured, []);
  const bad = { id: 'bad', place: 'before' as const, rule: { match: '(', application: 'x' } };
  assert.throws(() => table.add(bad), { code: 'rpc.wrongType' });
  assert.throws(() => table.configure([{ match: '(', application: 'x' }], []), { code: 'config.invalid' });
  assert.equal(table.list().length, 2);
});

test('reading the configuration again replaces its rules and keeps the added ones {routing-runtime}', () => {
  const table = new RoutingTable(configured, []);
  table.add({ id: 'mine', place: 'after', rule: { application: 'mine' } });
  table.configure([{ application: '$(mapping)' }], ['^sip:7=>seven']);
  assert.equal(table.route(request('sip:7@h'), all)?.application, 'seven');
  assert.equal(table.route(request('sip:8@h'), all)?.rule, 'mine');
});

test('a rule labels its calls, with what its groups matched {routing-runtime}', () => {
  const rules = [{ match: '^sip:([a-z]+)-(.*)@', application: 'echo', account: '\\1', tariff: 'zone-\\2' }];
  const router = new Router(rules, []);
  assert.deepEqual(router.route(request('sip:acme-7@h'), all)?.labels, { account: 'acme', tariff: 'zone-7' });
  // Who pays is never a piece of a name.
  assert.deepEqual(router.route(request(`sip:${'a'.repeat(200)}-7@h`), all)?.labels, { tariff: 'zone-7' });
});

test('every rule tells why it was not taken {routing-runtime}', () => {
  const rules = [
    { match: '^sip:9', application: 'nine' },
    { application: '$(apphdr)' },
    { application: 'absent' },
    { application: 'echo' },
    { application: 'conference' },
  ];
  const verdicts = new Router(rules, []).explain(request('sip:x@h'), (name) => name !== 'absent');
  assert.deepEqual(
    verdicts.map(({ outcome }) => outcome),
    ['noMatch', 'noApplication', 'notLoaded', 'chosen', 'notReached'],
  );
  assert.match(verdicts[0]?.why ?? '', /\^sip:9 does not match sip:x@h/);
});
