import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkAuthenticate } from '../../../core/call/check-config.ts';
import { type AuthenticateConfig, AuthenticateConfigSchema } from '../../../core/call/index.ts';
import { loadConfig } from '../../../core/config/index.ts';

function verdict(yaml: string): string {
  try {
    checkAuthenticate(loadConfig<AuthenticateConfig>({ schema: AuthenticateConfigSchema, text: yaml }));
    return '';
  } catch (fault) {
    return String(fault);
  }
}

test('credentials that let everybody in, or nobody, by mistake are refused {configuration} {digest-server}', () => {
  const users = 'users: [{ name: a, password: b }]';
  for (const [yaml, expected] of [
    ['{}', /^$/],
    [`realm: x\n${users}`, /^$/],
    [users, /calls\.authenticate\.realm: it is empty, so nobody would be asked/],
    ['realm: x', /calls\.authenticate\.users: there are none, so nobody could call/],
    ['realm: x\nusers: [{ name: a }]', /calls\.authenticate\.users\[0\]: neither a password nor a hash/],
    ['realm: x\nusers: [{ name: a, password: b }, { name: a, password: c }]', /users\[1\]\.name: "a" is listed twice/],
    [`realm: x\n${users}\nmethods: [refer]`, /methods\[0\]: expected one of INVITE, .*REFER/],
    ['realm: x\nusers: [{ name: a, ha1Md5: abc }]', /users\[0\]\.ha1Md5/],
  ] as const)
    assert.match(verdict(yaml), expected, yaml);
});
