/** RFC 3263 over records that the test writes: where a URI leads, in which order, at what cost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulation, type Simulation } from '../../../core/runtime/index.ts';
import { sipCounters } from '../../../core/sip/counters.ts';
import { orderSrv } from '../../../core/sip/dns-records.ts';
import type { BoundListener, SipConfig, Transport } from '../../../core/sip/index.ts';
import { reachOf } from '../../../core/sip/reach.ts';
import { Resolver } from '../../../core/sip/resolver.ts';
import { placeOfUri, placesOfNextHop } from '../../../core/sip/target.ts';
import { isCode, sipConfig } from './lab.ts';

interface Bench {
  readonly sim: Simulation;
  readonly zone: Simulation['internet']['zone'];
  readonly resolver: Resolver;
  /** `udp 10.0.0.1 5060, …` */
  at(uri: string): Promise<string>;
}

const v4 = (...transports: readonly Transport[]): BoundListener[] =>
  transports.map((transport) => ({ transport, address: '0.0.0.0', port: 5060 }));

function bench(listeners = v4('udp', 'tcp'), config: Partial<SipConfig['dns']> = {}): Bench {
  const sim = createSimulation({ seed: 1 });
  const { seams } = sim.host('10.0.0.1');
  const dns = { ...sipConfig().dns, ...config };
  const resolver = new Resolver({
    ...seams,
    config: dns,
    counters: sipCounters(seams.counters),
    reach: () => reachOf(listeners),
  });
  const at = async (uri: string): Promise<string> => {
    const hops = await resolver.hops(placeOfUri(uri));
    return hops
      .map(({ transport, address, port, serverName }) =>
        [transport, address, port, ...(serverName === undefined ? [] : [serverName])].join(' '),
      )
      .join(', ');
  };
  return { sim, zone: sim.internet.zone, resolver, at };
}

const srv = (target: string, more: { port?: number; priority?: number; weight?: number } = {}) => ({
  target,
  port: 5060,
  priority: 1,
  weight: 0,
  ...more,
});

const naptr = (
  service: string,
  replacement: string,
  more: { order?: number; flags?: string; regexp?: string } = {},
) => ({
  order: 1,
  preference: 1,
  flags: 's',
  service,
  regexp: '',
  replacement,
  ...more,
});

test('corner case 55: no SRV for a numeric host or an explicit port {sip-srv}', async () => {
  const { zone, resolver, at } = bench();
  zone.names.set('a.example', ['10.1.1.1']);
  zone.srv.set('_sip._udp.a.example', [srv('b.example')]);
  assert.ok(Array.isArray(resolver.hops(placeOfUri('sip:x@10.0.0.7'))), 'an address is resolved at once');
  assert.equal(await at('sip:x@10.0.0.7'), 'udp 10.0.0.7 5060');
  assert.equal(await at('sip:x@[2001:db8::1]:6000;transport=TCP'), 'tcp 2001:db8::1 6000');
  assert.deepEqual(zone.asked, []);
  assert.equal(await at('sip:x@a.example:5060'), 'udp 10.1.1.1 5060');
  assert.deepEqual(zone.asked, ['A a.example']);
});

test('corner case 56: every SRV target once, lowest priority first, weighted inside it {sip-srv}', async () => {
  const { zone, at } = bench();
  zone.srv.set('_sip._udp.a.example', [
    srv('c.a.example', { priority: 20 }),
    srv('a.a.example', { priority: 10, weight: 10, port: 0 }),
    srv('b.a.example', { priority: 10, weight: 90, port: 5070 }),
    srv('10.9.9.9', { priority: 30 }),
    srv('gone.a.example', { priority: 40 }),
  ]);
  zone.names
    .set('a.a.example', ['10.0.1.1'])
    .set('b.a.example', ['10.0.2.1', '10.0.2.2'])
    .set('c.a.example', ['10.0.3.1']);
  const hops = (await at('sip:x@a.example')).split(', ');
  assert.deepEqual([...hops].sort(), [
    'udp 10.0.1.1 5060',
    'udp 10.0.2.1 5070',
    'udp 10.0.2.2 5070',
    'udp 10.0.3.1 5060',
    'udp 10.9.9.9 5060',
  ]);
  assert.deepEqual(hops.slice(3), ['udp 10.0.3.1 5060', 'udp 10.9.9.9 5060']);
});

test('weights are shares: of 1000 choices about nine in ten begin with the weight of 90 {sip-srv}', () => {
  const { sim } = bench();
  const { random } = sim.host('10.0.0.2').seams;
  const records = [srv('light', { weight: 10 }), srv('heavy', { weight: 90 }), srv('never first', { priority: 2 })].map(
    (record) => ({ ...record, ttlSeconds: 1 }),
  );
  const firsts = Array.from({ length: 1000 }, () => orderSrv(records, random)[0]?.target);
  const heavy = firsts.filter((target) => target === 'heavy').length;
  assert.ok(heavy > 850 && heavy < 950, `${heavy}`);
  assert.equal(firsts.filter((target) => target === 'never first').length, 0);
});

test('corner case 57: address records where SRV gives nothing, or its name server fails {sip-srv}', async () => {
  const { zone, at } = bench();
  zone.names.set('a.example', ['10.1.1.1', '10.1.1.2']).set('b.example', ['10.1.1.3']);
  assert.equal(await at('sip:x@a.example'), 'udp 10.1.1.1 5060, udp 10.1.1.2 5060');
  assert.deepEqual(zone.asked, [
    'NAPTR a.example',
    'SRV _sip._udp.a.example',
    'SRV _sip._tcp.a.example',
    'A a.example',
  ]);
  for (const query of ['NAPTR b.example', 'SRV _sip._udp.b.example', 'SRV _sip._tcp.b.example'])
    zone.failing.add(query);
  assert.equal(await at('sip:x@b.example'), 'udp 10.1.1.3 5060');
});

test('corner case 60: host. and host are one name, in any letter case {sip-srv}', async () => {
  const { zone, at } = bench();
  zone.names.set('a.example', ['10.1.1.1']);
  assert.equal(await at('sip:x@A.Example.'), 'udp 10.1.1.1 5060');
  const count = zone.asked.length;
  assert.equal(await at('sip:x@a.example'), 'udp 10.1.1.1 5060');
  assert.equal(zone.asked.length, count);
});

test('NAPTR chooses the transport among those that we have {sip-srv}', async () => {
  const { zone, at } = bench();
  zone.naptr.set('a.example', [
    naptr('SIPS+D2W', 'ws.a.example', { order: 1 }),
    naptr('SIPS+D2T', '_sips._tcp.a.example', { order: 2 }),
    naptr('sip+d2t', 'streams.a.example', { order: 3 }),
    naptr('SIP+D2U', '_sip._udp.a.example', { order: 4 }),
    naptr('SIP+D2U', 'x.a.example', { order: 0, flags: 'u', regexp: '!.*!sip:x@y!' }),
  ]);
  zone.srv.set('streams.a.example', [srv('10.0.0.8', { port: 5062 })]);
  zone.srv.set('_sip._udp.a.example', [srv('10.0.0.9')]);
  assert.equal(await at('sip:x@a.example'), 'tcp 10.0.0.8 5062, udp 10.0.0.9 5060');
  const withoutNaptr = bench(v4('udp', 'tcp'), { naptr: false });
  withoutNaptr.zone.srv.set('_sip._tcp.a.example', [srv('10.0.0.8')]);
  assert.equal(await withoutNaptr.at('sip:x@a.example'), 'tcp 10.0.0.8 5060');
  const withoutSrv = bench(v4('udp', 'tcp'), { srv: false });
  withoutSrv.zone.names.set('a.example', ['10.0.0.1']);
  assert.equal(await withoutSrv.at('sip:x@a.example'), 'udp 10.0.0.1 5060');
  assert.deepEqual(withoutSrv.zone.asked, ['A a.example']);
});

test('sips leads to TLS only, with the domain that was asked for as server name {sip-srv}', async () => {
  const { zone, at } = bench(v4('udp', 'tcp', 'tls'));
  zone.naptr.set('a.example', [naptr('SIP+D2U', '_sip._udp.a.example'), naptr('SIPS+D2T', '_sips._tcp.a.example')]);
  zone.srv.set('_sips._tcp.a.example', [srv('edge.b.example', { port: 0 })]);
  zone.names.set('edge.b.example', ['10.0.0.9']);
  assert.equal(await at('sips:x@a.example'), 'tls 10.0.0.9 5061 a.example');
  assert.equal(await at('sips:x@10.0.0.9;transport=tcp'), 'tls 10.0.0.9 5061');
  assert.equal(await at('sip:x@edge.b.example;transport=tls'), 'tls 10.0.0.9 5061 edge.b.example');
  assert.equal(await at('sips:x@edge.b.example:5070'), 'tls 10.0.0.9 5070 edge.b.example');
  assert.equal(await at('sips:x@a.example;maddr=10.0.0.7'), 'tls 10.0.0.7 5061 a.example');
});

test('a transport parameter asks for the SRV records of that transport alone {sip-srv}', async () => {
  const { zone, at } = bench();
  zone.srv.set('_sip._tcp.a.example', [srv('10.0.0.9', { port: 5066 })]);
  assert.equal(await at('sip:x@a.example;transport=tcp'), 'tcp 10.0.0.9 5066');
  assert.deepEqual(zone.asked, ['SRV _sip._tcp.a.example']);
});

test('an SRV target of "." says that there is no such service {sip-srv}', async () => {
  const { zone, at } = bench();
  zone.srv.set('_sip._udp.a.example', [srv('')]);
  zone.names.set('a.example', ['10.0.0.1']);
  assert.equal(await at('sip:x@a.example'), '');
  zone.srv.set('_sip._tcp.b.example', [srv('10.0.0.2')]).set('_sip._udp.b.example', [srv('.')]);
  assert.equal(await at('sip:x@b.example'), 'tcp 10.0.0.2 5060');
});

test('families without a listener are not asked for {sip-srv}', async () => {
  const both = bench([...v4('udp'), { transport: 'udp', address: '2001:db8::1', port: 5060 }]);
  both.zone.names.set('a.example', ['2001:db8::5', '10.1.1.1']);
  assert.equal(await both.at('sip:x@a.example:5060'), 'udp 10.1.1.1 5060, udp 2001:db8::5 5060');
  const only4 = bench(v4('udp'));
  only4.zone.names.set('a.example', ['2001:db8::5', '10.1.1.1']);
  assert.equal(await only4.at('sip:x@a.example:5060'), 'udp 10.1.1.1 5060');
  assert.deepEqual(only4.zone.asked, ['A a.example']);
});

test('one query for all who wait; answers are kept for their TTL and no longer than configured {sip-srv}', async () => {
  const { sim, zone, at } = bench(v4('udp'), { srv: false, cacheSeconds: 60 });
  zone.names.set('a.example', ['10.0.0.1']).set('b.example', ['10.0.0.2']);
  zone.delayMs = 100;
  const both = Promise.all([at('sip:x@a.example'), at('sip:y@a.example')]);
  await sim.clock.advance(100);
  assert.deepEqual(await both, ['udp 10.0.0.1 5060', 'udp 10.0.0.1 5060']);
  assert.deepEqual(zone.asked, ['A a.example']);
  zone.delayMs = 0;
  await sim.clock.advance(59_000);
  await at('sip:x@a.example');
  assert.equal(zone.asked.length, 1);
  await sim.clock.advance(2000);
  await at('sip:x@a.example');
  assert.equal(zone.asked.length, 2);
  zone.ttlSeconds = 5;
  await at('sip:x@b.example');
  await sim.clock.advance(6000);
  await at('sip:x@b.example');
  assert.equal(zone.asked.length, 4);
  assert.equal(sim.clock.pending, 0);
});

test('no such name is believed for ten seconds, a failing server for three {sip-srv}', async () => {
  const { sim, zone, at } = bench(v4('udp'), { srv: false });
  assert.equal(await at('sip:x@a.example'), '');
  await sim.clock.advance(9000);
  assert.equal(await at('sip:x@a.example'), '');
  assert.equal(zone.asked.length, 1);
  zone.names.set('a.example', ['10.0.0.1']);
  await sim.clock.advance(2000);
  assert.equal(await at('sip:x@a.example'), 'udp 10.0.0.1 5060');
  zone.failing.add('A b.example');
  await assert.rejects(at('sip:x@b.example'), isCode('dns.failed'));
  await assert.rejects(at('sip:x@b.example'), isCode('dns.failed'));
  assert.equal(zone.asked.length, 3);
  zone.failing.clear();
  zone.names.set('b.example', ['10.0.0.2']);
  await sim.clock.advance(4000);
  assert.equal(await at('sip:x@b.example'), 'udp 10.0.0.2 5060');
});

test('the cache is bounded {sip-srv}', async () => {
  const { zone, at } = bench(v4('udp'), { srv: false });
  for (let name = 0; name < 2500; name++) {
    zone.names.set(`h${name}.example`, ['10.0.0.1']);
    await at(`sip:x@h${name}.example`);
  }
  await at('sip:x@h0.example');
  assert.equal(zone.asked.at(-1), 'A h0.example');
  const count = zone.asked.length;
  await at('sip:x@h2499.example');
  assert.equal(zone.asked.length, count);
});

test('what a hostile zone says is bounded, and what is malformed is passed over {sip-srv}', async () => {
  const { zone, at } = bench();
  zone.srv.set('_sip._udp.a.example', [
    srv('bad target'),
    srv(`${'x'.repeat(64)}.example`),
    srv('10.0.0.1', { port: 70_000 }),
    srv('10.0.0.2', { weight: -1 }),
    srv('10.0.0.3', { priority: 0.5 }),
    ...Array.from({ length: 100 }, (_, n) => srv(`10.0.1.${n}`)),
  ]);
  assert.equal((await at('sip:x@a.example')).split(', ').length, 32);
  zone.naptr.set('b.example', [
    naptr('SIP+D2U', ''),
    naptr('SIP+D2U'.repeat(100), 'b'),
    naptr('SIP+D2U', 'a'.repeat(300)),
    naptr('SIP+D2U', 'b.example', { order: -1 }),
    naptr('', '_sip._udp.b.example'),
  ]);
  zone.names.set('b.example', ['10.0.0.1']);
  assert.equal(await at('sip:x@b.example'), 'udp 10.0.0.1 5060');
});

test('places: next hop lists, maddr; what cannot be dialled is refused with a reason {sip-target}', () => {
  const shown = (list: string) =>
    placesOfNextHop(list).map(({ host, port, transport }) => `${transport} ${host} ${port}`);
  assert.deepEqual(shown('10.0.0.9:5080/tcp, [2001:db8::1]/UDP,Proxy.Example., sip:b.example;transport=tls'), [
    'tcp 10.0.0.9 5080',
    'udp 2001:db8::1 null',
    'null proxy.example null',
    'tls b.example null',
  ]);
  for (const list of ['', 'a,,b', '10.0.0.1:65536', '10.0.0.1:0', '2001:db8::1:5060x', 'a/sctp', 'a b', '[::1', 'a/']) {
    assert.throws(() => placesOfNextHop(list), isCode('dial.failed'), list);
  }
  assert.equal(placeOfUri('sip:x@b.example;maddr=[2001:db8::9]').host, '2001:db8::9');
  for (const uri of ['tel:+491', 'sip:x@10.0.0.1;transport=ws', 'sips:x@a;transport=udp', 'http://a', 'x', '']) {
    assert.throws(() => placeOfUri(uri), isCode('dial.failed'), uri);
  }
});
