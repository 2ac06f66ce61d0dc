import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserCandidates, pageAddressOf } from '../../../core/call/browser-leg.ts';
import type { StreamWebRtc } from '../../../core/media/index.ts';
import { pageHostOf } from '../../../core/sip-web-socket.ts';

const webRtc = (onePort: boolean, tcpPort: number | null): StreamWebRtc => ({
  ufrag: 'ours',
  password: 'p'.repeat(24),
  fingerprint: { algorithm: 'sha-256', value: '00' },
  onePort,
  tcpPort,
});

const told = (leg: StreamWebRtc, external: string | null, page: string | null) =>
  browserCandidates({ address: '172.17.0.2', rtpPort: 7000, webRtc: leg }, external, page).map(
    ({ transport, address, port }) => `${transport} ${address}:${port}`,
  );

test('candidates are media.external or what is bound; the host of the page where one port is published {webrtc}', () => {
  assert.deepEqual(told(webRtc(false, null), null, '127.0.0.1'), ['udp 172.17.0.2:7000']);
  assert.deepEqual(told(webRtc(false, null), '192.0.2.7', '127.0.0.1'), ['udp 192.0.2.7:7000']);
  assert.deepEqual(told(webRtc(true, 7000), null, '127.0.0.1'), [
    'udp 172.17.0.2:7000',
    'udp 127.0.0.1:7000',
    'tcp 172.17.0.2:7000',
    'tcp 127.0.0.1:7000',
  ]);
  assert.deepEqual(told(webRtc(true, null), '192.0.2.7', '192.0.2.7'), ['udp 192.0.2.7:7000']);
});

test('the host of a page is read from its header, and only one numeric address is a candidate {webrtc}', () => {
  const address = (host: string) => pageAddressOf(pageHostOf(host));
  assert.equal(address('localhost:8090'), '127.0.0.1');
  assert.equal(address('192.0.2.7:8090'), '192.0.2.7');
  assert.equal(address('[2001:DB8::1]:8090'), '2001:db8::1');
  for (const host of [
    'pbx.example',
    '0.0.0.0',
    '239.1.2.3',
    '[fe80::1]',
    '[::]',
    '1.2.3',
    'a b',
    '',
    '192.0.2.7:x',
    '999.1.1.1',
  ])
    assert.equal(address(host), null, host);
});
