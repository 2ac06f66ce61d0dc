import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Flow } from '../../core/sip/index.ts';
import type { TraceRecord } from '../../core/sip/trace.ts';
import { pcapFile } from '../../core/sip/trace-pcap.ts';

const found = spawnSync('tshark', ['--version']).status === 0;
const skip = found ? false : 'tshark is not installed';

const udp: Flow = {
  transport: 'udp',
  local: { address: '127.0.0.1', port: 5060 },
  remote: { address: '127.0.0.2', port: 5070 },
  connectionId: 0,
  trusted: true,
};
const tcp6: Flow = {
  ...udp,
  transport: 'tcp',
  local: { address: '2001:db8::1', port: 5060 },
  remote: { address: '2001:db8::2', port: 40_000 },
};

function record(direction: 'in' | 'out', flow: Flow, firstLine: string): TraceRecord {
  const text = `${firstLine}\r\nVia: SIP/2.0/UDP 127.0.0.2:5070;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: call1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`;
  return { unixMs: 1_700_000_000_123, direction, flow, bytes: Buffer.from(text) };
}

/** What tshark reads of the file, a line a packet. */
function tshark(file: string, ...options: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync('tshark', ['-r', file, '-T', 'fields', ...options], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout.trim().split('\n');
}

test('tshark reads our pcap: methods and statuses, IPv4 and IPv6, checksums right {sip-trace}', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'callbus-trace-'));
  try {
    const file = join(folder, 'calls.pcap');
    const records = [
      record('in', udp, 'OPTIONS sip:c@d SIP/2.0'),
      record('out', udp, 'SIP/2.0 200 OK'),
      record('in', tcp6, 'OPTIONS sip:c@d SIP/2.0'),
    ];
    writeFileSync(file, pcapFile(records));
    const fields = ['ip.src', 'ipv6.src', 'udp.srcport', 'sip.Method', 'sip.Status-Code', 'udp.checksum.status'];
    const check = ['-o', 'udp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE', '-E', 'separator=,'];
    assert.deepEqual(tshark(file, ...check, ...fields.flatMap((field) => ['-e', field])), [
      '127.0.0.2,,5070,OPTIONS,,1',
      '127.0.0.1,,5060,,200,1',
      ',2001:db8::2,40000,OPTIONS,,1',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
