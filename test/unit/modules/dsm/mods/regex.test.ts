/** mod_regex (reference/dsm 5.9). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dsmModules } from '../../../../../di-modules/dsm/mods/index.ts';
import { serverWith, sessionWith } from './server-of.ts';

test('an expression is made by name, for all scripts of a server; groups become variables {dsm-modules}', async () => {
  const server = serverWith();
  const one = sessionWith(['mod_regex'], server);
  await one.run('regex.compile(num, "^([0-9]+)(-([a-z]+))?$");');
  assert.equal(one.get('errno'), '');
  const two = sessionWith(['mod_regex'], server);
  await two.run('regex.match(num, 12-ab);');
  assert.deepEqual([two.get('regex.match'), two.get('regex.match[1]'), two.get('regex.match[3]')], ['1', '12', 'ab']);
  await two.run('regex.match(num, 7);');
  assert.deepEqual([two.get('regex.match[1]'), two.get('regex.match[3]')], ['7', 'ab']);
  await two.run('if regex.match(num, 8-z) { set($y=$regex.match[3]); } regex.match(num, x);');
  assert.deepEqual([two.get('y'), two.get('regex.match')], ['z', '0']);
  await two.run('set($regex.match=kept); regex.clear(num); regex.match(num, 7);');
  assert.equal(two.get('regex.match'), 'kept');
  await two.run('regex.compile(bad, "(");');
  assert.equal(two.get('errno'), 'arg');
  assert.equal(sessionWith(['mod_regex'], serverWith()).get('regex.match'), '');
});

test('mod_regex.conf is read where it is preloaded; a bad line is named {dsm-modules}', async () => {
  const regex = dsmModules.find(({ name }) => name === 'mod_regex');
  const server = serverWith();
  await server.files.write('/scripts/mod_regex.conf', Buffer.from('# numbers\nnum=^[0-9]+$\n'));
  await regex?.preload?.({ diag_path: '/scripts' }, server.context as never);
  const s = sessionWith(['mod_regex'], server);
  await s.run('regex.match(num, 77);');
  assert.equal(s.get('regex.match'), '1');
  await server.files.write('/scripts/mod_regex.conf', Buffer.from('a=b\nbad=(\n'));
  const preloaded = async () => regex?.preload?.({ diag_path: '/scripts/' }, server.context as never);
  await assert.rejects(preloaded, /mod_regex\.conf:2: bad/);
});
