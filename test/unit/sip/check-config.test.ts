import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSimulation, MemoryFiles, simCertificate } from '../../../core/runtime/index.ts';
import { checkSipConfig, type SipConfig } from '../../../core/sip/index.ts';
import { sipConfig } from './lab.ts';

const udp = { transport: 'udp', address: '10.0.0.1', port: 5060 } as const;
const tls = { transport: 'tls', address: '10.0.0.1', port: 5061 } as const;
const pair = { certFile: 'cert.pem', keyFile: 'key.pem' };

/** What is said of a configuration; '' when it is good. */
async function verdict(config: Partial<SipConfig>): Promise<string> {
  const files = new MemoryFiles();
  const { certificate, key } = simCertificate({ names: ['sip:a.example'], issuer: 'ca' });
  await files.write('cert.pem', Buffer.from(certificate));
  await files.write('key.pem', Buffer.from(key));
  await files.write('other.pem', Buffer.from(simCertificate({ names: ['sip:b.example'], issuer: 'ca' }).key));
  const { seams } = createSimulation({ seed: 1 }).host('10.0.0.1', { files });
  return checkSipConfig(sipConfig(config), seams).then(
    () => '',
    (fault: Error) => fault.message,
  );
}

test('certificates are read before anything is bound; a fault names its key {configuration} {sip-tls}', async () => {
  const cases: [Partial<SipConfig['listen'][number]>, RegExp][] = [
    [{ tls: pair }, /^$/],
    [{}, /sip\.listen\[0\]\.tls\.certFile: a TLS listener needs a certificate/],
    [{ tls: { ...pair, keyFile: 'none.pem' } }, /sip\.listen\[0\]\.tls\.keyFile: none\.pem cannot be read/],
    [{ tls: { ...pair, keyFile: 'other.pem' } }, /sip\.listen\[0\]\.tls: ERR_OSSL_X509_KEY_VALUES_MISMATCH/],
    [{ tls: { certFile: 'cert.pem' } }, /sip\.listen\[0\]\.tls\.keyFile is missing/],
  ];
  for (const [more, expected] of cases) assert.match(await verdict({ listen: [{ ...tls, ...more }] }), expected);
});

test('listeners that meet, addresses that cannot be told, and peers that cannot be trusted are named {configuration}', async () => {
  const cases: [Partial<SipConfig>, RegExp][] = [
    [{ listen: [udp, { ...udp, transport: 'tcp' }] }, /^$/],
    [{ listen: [udp, udp] }, /sip\.listen\[1\]\.port: sip\.listen\[0\] has the same address and port/],
    [
      {
        listen: [
          { ...udp, port: 0 },
          { ...udp, port: 0 },
        ],
      },
      /^$/,
    ],
    [{ listen: [{ ...udp, advertised: 'x y' }] }, /sip\.listen\[0\]\.advertised: "x y" is not host\[:port\]/],
    [{ listen: [{ ...udp, advertised: '2001:db8::1' }] }, /^$/],
    [{ trusted: ['nobody'] }, /sip\.trusted: "nobody"/],
    [{ nextHop: 'a b' }, /sip\.nextHop/],
    [{ sessionTimer: { ...sipConfig({}).sessionTimer, minimumSeconds: 3000 } }, /sip\.sessionTimer\.expiresSeconds/],
  ];
  for (const [config, expected] of cases) assert.match(await verdict(config), expected);
});
