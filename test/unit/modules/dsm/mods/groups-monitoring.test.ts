/** mod_groups and mod_monitoring (reference/dsm 5.6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverWith, sessionWith } from './server-of.ts';

test('groups: an event reaches all others; a script leaves with its end {dsm-modules}', async () => {
  const server = serverWith();
  const one = sessionWith(['mod_groups'], server, { variables: { k: '5' } });
  const two = sessionWith(['mod_groups'], server);
  Object.defineProperty(two.script, 'tag', { value: 'atag' });
  await one.run('groups.join(g);');
  await one.run('groups.postEvent(g, k);');
  assert.equal(one.get('errno'), 'arg');
  await two.run('groups.join("g"); groups.get($who=g); groups.getSize($n=g);');
  assert.deepEqual([two.get('who[0]'), two.get('who[1]'), two.get('n')], ['atag', 'tag1', '2']);
  await one.run('groups.postEvent(g, k;$unset);');
  assert.equal(one.get('errno'), '');
  assert.deepEqual(one.script.happened.posted, [{ queue: 'atag', parameters: { k: '5', unset: '' } }]);
  await one.run('groups.leave(g); groups.join(h); groups.leaveAll(); groups.getSize($n=h);');
  assert.equal(one.get('n'), '0');
  await two.script.end();
  await one.run('groups.getSize($n=g);');
  assert.equal(one.get('n'), '0');
});

test('monitoring: attributes of this call and of any record {dsm-modules}', async () => {
  const s = sessionWith(['mod_monitoring'], serverWith(), { variables: { v: 'x,y' } });
  await s.run(`monitoring.set(a, 1); monitoring.log(b, $v); monitoring.add(l, 2); monitoring.logAdd(l, 3);
    monitoring.setGlobal(id, "n, $v"); monitoring.addGlobal(id, n,4); monitoring.inc(r, c); monitoring.dec(r, c);`);
  assert.deepEqual(
    s.script.happened.invoked.map(({ module, name, args }) => [module, name, ...args].join(' ')),
    [
      'monitoring log tag1 a 1',
      'monitoring log tag1 b x,y',
      'monitoring logAdd tag1 l 2',
      'monitoring logAdd tag1 l 3',
      'monitoring log id n x,y',
      'monitoring logAdd id n 4',
      'monitoring inc r c',
      'monitoring dec r c',
    ],
  );
  await s.run('monitoring.logVars();');
  assert.deepEqual(s.script.happened.invoked.at(-1)?.args.slice(0, 3), ['tag1', 'v', 'x,y']);
});
