import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountsOf } from '../../../../di-modules/reg_agent/accounts.ts';

test('{reg-agent} SEMS’s numbered keys follow the records, in the order of their numbers', () => {
  const record = { domain: 'r', user: 'c', display_name: '', auth_user: '', pwd: '', proxy: '', contact: '' };
  const accounts = accountsOf({
    accounts: [record],
    domain: 'd',
    user: 'a',
    display_name: 'A',
    user1: 'b',
    domain1: 'e',
    pwd1: 'p',
    proxy1: 'sip:x',
  });
  assert.deepEqual(
    accounts.map(({ domain, user, display_name, pwd, proxy }) => [domain, user, display_name, pwd, proxy].join(' ')),
    ['r c   ', 'd a A  ', 'e b  p sip:x'],
  );
});

test('{reg-agent} a gap, a missing user and a missing domain are named', () => {
  const refused = (keys: { [key: string]: string }, text: RegExp) =>
    assert.throws(() => accountsOf({ accounts: [], ...keys }), text);
  refused({ domain: 'd', user: 'a', domain2: 'd', user2: 'b' }, /domain1 is missing/);
  refused({ domain1: 'd', user1: 'a' }, /domain is missing/);
  refused({ domain: 'd' }, /reg_agent\.user:/);
  refused({ domain: 'd', user: 'a', pwd1: 'p' }, /reg_agent\.domain1:/);
  assert.deepEqual(accountsOf({ accounts: [] }), []);
});
