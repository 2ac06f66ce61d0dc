import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { parseHosts } from '../../../core/runtime/hosts-file.ts';
import { CodedError, realClock, realDns } from '../../../core/runtime/index.ts';

test('a hosts file gives every alias its addresses, in order and once {sip-srv}', () => {
  const names = parseHosts(
    ['127.0.0.1 localhost', '# 10.0.0.9 no', '10.0.0.1\tPBX.example pbx # main', '::1 pbx', '10.0.0.1 pbx', 'x y'].join(
      '\r\n',
    ),
  );
  assert.deepEqual(
    [...names],
    [
      ['localhost', ['127.0.0.1']],
      ['pbx.example', ['10.0.0.1']],
      ['pbx', ['10.0.0.1', '::1']],
    ],
  );
});

test('localhost needs no name server; a server that is no address is refused by its key {sip-srv}', async () => {
  const dns = realDns(realClock(), { servers: ['127.0.0.1:9'], timeoutMs: 100 });
  assert.deepEqual(
    (await dns.addresses('localhost', 4)).map(({ address }) => address),
    ['127.0.0.1'],
  );
  assert.deepEqual(
    (await dns.addresses('localhost', 6)).map(({ address }) => address),
    ['::1'],
  );
  for (const server of ['ns.example', '127.0.0.1:99999', '', '::1:53x']) {
    assert.throws(
      () => realDns(realClock(), { servers: [server], timeoutMs: 100 }),
      (fault) =>
        fault instanceof CodedError && fault.code === 'config.invalid' && /sip\.dns\.servers/.test(fault.message),
      server,
    );
  }
});

test('a name server that refuses is a failure, one that knows no such name is not {sip-srv}', async (t) => {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const reply = Buffer.from(query);
    reply.writeUInt16BE(query.includes('refused') ? 0x8185 : 0x8183, 2);
    socket.send(reply, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  t.after(() => socket.close());
  const dns = realDns(realClock(), { servers: [`127.0.0.1:${socket.address().port}`], timeoutMs: 200 });
  assert.deepEqual(await dns.addresses('nobody.test', 4), []);
  assert.deepEqual(await dns.srv('_sip._udp.nobody.test'), []);
  assert.deepEqual(await dns.naptr('nobody.test'), []);
  await assert.rejects(dns.srv('_sip._udp.refused.test'), { code: 'dns.failed' });
});
