import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findBody, parseMultipart } from '../../../core/sip/index.ts';

const lines = (...text: string[]) => Buffer.from(text.join('\r\n'), 'latin1');
const holding = (type: string, body: Uint8Array) => ({ header: () => type, body });
const found = (type: string, body: Uint8Array) => {
  const part = findBody(holding(type, body), 'application/sdp');
  return part === null ? null : Buffer.from(part).toString('latin1');
};

const mixed = lines(
  'preamble',
  '--b',
  'Content-Type: text/plain',
  '',
  'x --b y',
  '--b',
  'c: Application/SDP',
  '',
  'v=0',
  '',
  '--b--',
  '',
);

test('a part is found with or without quotes around the boundary {sip-parser}', () => {
  assert.equal(found('multipart/mixed;boundary=b', mixed), 'v=0\r\n');
  assert.equal(found('Multipart/Mixed; Boundary="b" ; x=y', mixed), 'v=0\r\n');
  assert.equal(found('application/sdp; charset=utf-8', lines('v=0')), 'v=0');
  assert.equal(found('text/plain', lines('v=0')), null);
});

test('binary parts stay as they are, and an empty part is passed over {sip-parser}', () => {
  const body = lines('--b', 'c: application/sdp', '', '', '--b', 'c: application/sdp', '', '\0\xff\n', '--b--');
  assert.equal(found('multipart/mixed;boundary=b', body), '\0\xff\n');
  assert.equal(
    parseMultipart('multipart/mixed;boundary=b', lines('--b', '', 'text', '--b--'))?.[0]?.contentType,
    'text/plain',
  );
});

test('depth, number of parts and broken borders are bounded {sip-parser}', () => {
  let body = lines('v=0');
  let type = 'application/sdp';
  for (let depth = 0; depth < 5; depth++) {
    body = lines(`--${depth}`, `c: ${type}`, '', body.toString('latin1'), `--${depth}--`);
    type = `multipart/mixed;boundary=${depth}`;
    assert.equal(found(type, body), depth < 4 ? 'v=0' : null);
  }
  assert.equal(parseMultipart('multipart/mixed;boundary=b', lines(...Array(50).fill('--b\r\n\r\nx'), '--b--')), null);
  assert.equal(parseMultipart('multipart/mixed;boundary=b', lines('--b', '', 'x')), null);
  assert.equal(parseMultipart('multipart/mixed', mixed), null);
});
