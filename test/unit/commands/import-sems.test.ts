import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { importSemsCommand } from '../../../core/commands/import-sems.ts';
import { loadServerConfig } from '../../../core/main.ts';

const folder = mkdtempSync(join(tmpdir(), 'callbus-import-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'etc'));
const files: Record<string, string> = {
  'sems.conf': [
    'interfaces=intern,extern',
    'sip_ip_intern=127.0.0.1',
    'sip_port_intern=5060',
    'media_ip_intern=127.0.0.1',
    'sip_ip_extern=127.0.0.2',
    'plugin_config_path=/nowhere/etc/',
    'load_plugins=wav;ilbc;uac_auth;session_timer;announcement;conference;webconference;di_dial;monitoring;xmlrpc2di;stats',
    'application=$(mapping)',
    'loglevel=2',
    'fork=yes',
    '@limits.inc',
  ].join('\n'),
  'etc/limits.inc': 'session_limit=100\n',
  'etc/app_mapping.conf': '# number => application\n^sip:101@=>announcement\n\n^sip:.*@conference.*=>webconference\n',
  'etc/xmlrpc2di.conf': 'xmlrpc_port=8090\nserver_ip=127.0.0.1\nthreads=5\ndirect_export=di_dial\n',
  'etc/webconference.conf': 'private_rooms=no\nparticipants_expire_delay=20\ntell_pin=yes\n',
  'etc/stats.conf': 'monit_udp_ip=127.0.0.1\nmonit_udp_port=5040\n',
};
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);

async function run(...args: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { stdout: (t: string) => void out.push(t), stderr: (t: string) => void err.push(t) };
  const code = await importSemsCommand.run(args, { ...io, signal: new AbortController().signal });
  return { code, out: out.join(''), err: err.join('') };
}

test("SEMS's folder becomes a file that the server accepts; what is left out is told {import-sems}", async () => {
  const target = join(folder, 'callbus.yaml');
  const { code, out, err } = await run(folder, '--out', target);
  assert.equal(code, 0, out + err);
  assert.match(out, /not carried: .*sems\.conf:10: fork=yes/);
  assert.match(out, /not carried: etc\/xmlrpc2di\.conf:3: threads=5: one thread/);
  assert.match(out, /callbus serve --config/);
  assert.equal(statSync(target).mode & 0o077, 0, 'passwords stand in it');
  const config = await loadServerConfig({ file: target });
  assert.deepEqual(config.calls.mapping, ['^sip:101@=>announcement', '^sip:.*@conference.*=>webconference']);
  assert.deepEqual([config.sip.listen.length, config.calls.sessions.limit], [4, 100]);
  assert.deepEqual((config.modules['webconference'] as Record<string, unknown>)['participants_expire_delay'], 20);
});

test('a file that is there is kept without --force {import-sems}', async () => {
  const target = join(folder, 'kept.yaml');
  writeFileSync(target, 'log: { level: warn }\n');
  const refused = await run(folder, '--out', target);
  assert.deepEqual([refused.code, readFileSync(target, 'utf8')], [2, 'log: { level: warn }\n']);
  assert.match(refused.err, /--force/);
  assert.equal((await run(folder, '--out', target, '--force')).code, 0);
});

test('--json tells a program; --out - prints the file alone on standard output {import-sems}', async () => {
  const told = JSON.parse((await run(folder, '--out', join(folder, 'j.yaml'), '--json')).out);
  assert.deepEqual(told.faults, []);
  assert.ok(told.notCarried.some(({ key }: { key: string }) => key === 'fork'));
  assert.match((await run(folder, '--out', '-')).out, /^# Made from the configuration of SEMS\./);
});

test('a folder without sems.conf, and no folder at all, are told {import-sems}', async () => {
  assert.equal((await run()).code, 2);
  const { code, err } = await run(join(folder, 'etc'));
  assert.equal(code, 1);
  assert.match(err, /sems\.conf/);
});
