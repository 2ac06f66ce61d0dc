import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageUrl } from '../../../rpc/page-functions.ts';

const listener = (address: string, isTls = false, port = 8090) => ({ address, isTls, port });

const cases: readonly {
  listeners: ReturnType<typeof listener>[];
  peer: string;
  local: string;
  url: string;
  why: string;
}[] = [
  {
    why: 'loopback for loopback',
    listeners: [listener('127.0.0.1')],
    peer: '127.0.0.1',
    local: '127.0.0.1',
    url: 'http://127.0.0.1:8090',
  },
  {
    why: 'no loopback address for others',
    listeners: [listener('127.0.0.1')],
    peer: '10.0.0.7',
    local: '10.0.0.1',
    url: '',
  },
  {
    why: 'where the peer reached us',
    listeners: [listener('0.0.0.0')],
    peer: '10.0.0.7',
    local: '10.0.0.1',
    url: 'http://10.0.0.1:8090',
  },
  {
    why: 'no IPv6 address of an IPv4 listener',
    listeners: [listener('0.0.0.0')],
    peer: '2001:db8::7',
    local: '2001:db8::1',
    url: '',
  },
  {
    why: 'in brackets',
    listeners: [listener('::')],
    peer: '2001:db8::7',
    local: '2001:db8::1',
    url: 'http://[2001:db8::1]:8090',
  },
  {
    why: 'encrypted first',
    listeners: [listener('0.0.0.0'), listener('0.0.0.0', true, 8443)],
    peer: '10.0.0.7',
    local: '10.0.0.1',
    url: 'https://10.0.0.1:8443',
  },
  {
    why: 'no private address for a public peer',
    listeners: [listener('0.0.0.0')],
    peer: '198.51.100.7',
    local: '10.0.0.1',
    url: '',
  },
  {
    why: 'a public address for anybody',
    listeners: [listener('203.0.113.1')],
    peer: '198.51.100.7',
    local: '10.0.0.1',
    url: 'http://203.0.113.1:8090',
  },
  { why: 'no listener', listeners: [], peer: '10.0.0.7', local: '10.0.0.1', url: '' },
];

for (const { why, listeners, peer, local, url } of cases)
  test(`{web-sign-in} the page's address for a phone: ${why}`, () => {
    assert.equal(pageUrl(listeners, peer, local), url);
  });
