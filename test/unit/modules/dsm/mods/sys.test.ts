/** mod_sys (reference/dsm 5.4): files where the operator lets scripts change them, commands where he lets them run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimProcesses } from '../../../../../core/index.ts';
import { serverWith, sessionWith } from './server-of.ts';

const sys = (server = serverWith({ config: { sys_paths: '/box' } })) => ({
  ...sessionWith(['mod_sys'], server),
  files: server.files,
});

test('files are made, renamed and deleted in folders of the configuration {dsm-modules}', async () => {
  const s = sys();
  await s.files.makeDirectory('/box');
  await s.run('sys.mkdir(/box/a); sys.mkdirRecursive(/box/b/c/d);');
  assert.equal(s.get('errno'), '');
  await s.run('sys.mkdir(/box/a);');
  assert.equal(s.get('errno'), 'file');
  await s.run('sys.mkdir(/box/x/y);');
  assert.equal(s.get('errno'), 'file');
  await s.files.write('/box/1.wav', Buffer.from('x'));
  await s.run('sys.rename(/box/1.wav, /box/a/2.wav); if sys.file_exists(/box/a/2.wav) { set($there=yes); }');
  assert.deepEqual([s.get('errno'), s.get('there')], ['', 'yes']);
  await s.run('sys.unlink(/box/a/2.wav); if sys.file_not_exists(/box/a/2.wav) { set($gone=yes); }');
  assert.deepEqual([s.get('errno'), s.get('gone')], ['', 'yes']);
  await s.run('sys.unlink(/box/a/2.wav);');
  assert.equal(s.get('errno'), 'file');
});

test('elsewhere nothing is changed, whatever the path looks like {dsm-modules}', async () => {
  const s = sys();
  await s.files.write('/etc/passwd', Buffer.from('x'));
  for (const path of ['/etc/passwd', '/box/../etc/passwd', '/box', '/boxes/x', '../etc/passwd']) {
    await s.run(`sys.unlink(${path});`);
    assert.equal(s.get('errno'), 'file', path);
    assert.match(s.get('strerror'), /sys_paths/);
  }
  await s.run('sys.rename(/etc/passwd, /box/p);');
  assert.equal(s.get('errno'), 'file');
  assert.ok(s.files.names.includes('/etc/passwd'));
});

test('an array of files is deleted; a temporary one is empty and in the data folder {dsm-modules}', async () => {
  const s = sys();
  for (const name of ['r_0', 'r_1']) await s.files.write(`/box/${name}`, Buffer.from('x'));
  await s.run('set($f_0=r_0); set($f_1=r_1); set($f_size=2); sys.unlinkArray(f, /box);');
  assert.deepEqual([s.get('errno'), s.files.names], ['', []]);
  await s.run('sys.unlinkArray(none, /box);');
  assert.equal(s.get('errno'), 'arg');
  await s.run('sys.tmpnam(t); sys.tmpnam(u);');
  assert.match(s.get('t'), /^\/data\/dsm\/tmp\/[0-9a-f]{16}$/);
  assert.equal(s.files.names.length, 2);
});

test('commands run only where the operator allows them, and are told by their status {dsm-modules}', async () => {
  const refused = sys();
  assert.equal(await refused.run('sys.popen($x="ls");'), 'popen');
  await refused.run('if sys.system(true) { set($y=yes); }');
  assert.equal(refused.get('y'), '');

  const server = serverWith({ config: { allow_commands: true } });
  const shells = new SimProcesses(server.clock);
  Object.assign(server.context, { processes: shells });
  shells.programs.set('/bin/sh', (process) => {
    const command = process.order.args?.[1] ?? '';
    process.output(`ran ${command}`);
    process.exit(command === 'fail' ? 3 : 0);
  });
  const s = sys(server);
  const done = s.run('sys.popen($x="ls wav"); sys.popen($z=fail); if sys.system(ok) { set($y=yes); }');
  for (let i = 0; i < 20; i++) await server.clock.advance(1);
  assert.equal(await done, '');
  assert.deepEqual([s.get('x'), s.get('x.status'), s.get('z.status'), s.get('y')], ['ran ls wav', '0', '768', 'yes']);
});

test('time stamps are taken and subtracted {dsm-modules}', async () => {
  const s = sys();
  await s.run('sys.getTimestamp(now);');
  assert.match(s.get('now.tv_sec'), /^[0-9]+$/);
  await s.run(`set($a.tv_sec=10); set($a.tv_usec=100); set($b.tv_sec=8); set($b.tv_usec=600000);
    sys.subTimestamp(a, b);`);
  assert.deepEqual([s.get('a.tv_sec'), s.get('a.tv_usec'), s.get('a.msec')], ['1', '400100', '1400']);
});
