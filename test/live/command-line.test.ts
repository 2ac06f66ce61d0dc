/** `callbus` as an operator meets it: exit codes, what it says, and what it leaves behind. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { packageFile } from '../../core/runtime/index.ts';
import { startPeer } from '../support/peers.ts';

interface Run {
  readonly code: number | null;
  readonly text: string;
}

const loopback = {
  CALLBUS__SIP__LISTEN: '[{ transport: tcp, address: 127.0.0.1, port: 0 }]',
  CALLBUS__RPC__LISTEN__PORT: '0',
  CALLBUS__RPC__NETSTRING__PORT: '0',
  CALLBUS__MEDIA__WORKERS: '1',
};

async function folderOf(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-command-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function callbus(folder: string, args: readonly string[], environment = {}): Promise<Run> {
  const peer = startPeer(process.execPath, [packageFile('dist/program/cli.js'), ...args], {
    limitMs: 60_000,
    cwd: folder,
    environment: { ...loopback, ...environment },
  });
  const { code } = await peer.ended;
  return { code, text: peer.output() };
}

/** The cases three at a time: most of a command is the start of its process. */
async function together<T>(cases: readonly T[], check: (one: T, index: number) => Promise<void>): Promise<void> {
  const rest = cases.entries();
  const lane = async (): Promise<void> => {
    for (const [index, one] of rest) await check(one, index);
  };
  await Promise.all([lane(), lane(), lane()]);
}

/** A port that somebody else has. */
async function takenPort(context: TestContext): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  context.after(() => new Promise((closed) => server.close(closed)));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('usage: help and version end with 0, what is unknown is named and ends with 2 {configuration}', async (context) => {
  const folder = await folderOf(context);
  await together(
    [
      [['--version'], 0, /^callbus \d+\.\d+\.\d+$/m],
      [['help'], 0, /callbus serve .*\n.*callbus token [\s\S]*\n.*callbus phone/],
      [['help', 'token'], 0, /^callbus token create/],
      [['serve', '--help'], 0, /--check-config/],
      [['sreve'], 2, /^callbus: unknown command "sreve"/],
      [['help', 'sreve'], 2, /^callbus: unknown command "sreve"/],
      [['--cofnig', 'x'], 2, /unknown option --cofnig; known: --config/],
      [['--config'], 2, /--config needs a value/],
      [['--config', 'missing.yaml'], 2, /does not exist: missing.yaml/],
      [['--config', '.'], 2, /\. is not a plain file/],
    ] as const,
    async ([args, code, text]) => {
      const run = await callbus(folder, args);
      assert.equal(run.code, code, `${args.join(' ')}: ${run.text}`);
      assert.match(run.text, text);
    },
  );
  assert.deepEqual(await readdir(folder), []);
});

test('a configuration is checked before anything starts, and printed so that it can be read again {configuration}', async (context) => {
  const folder = await folderOf(context);
  const file = join(folder, 'callbus.yaml');
  await together(
    [
      ['drainMs: 5\n', 0, /configuration is good/],
      ['drainMs: soon\n', 2, /callbus\.yaml:1:10: drainMs: expected an integer of at least 0, got "soon"/],
      ['- a list\n', 2, /callbus\.yaml:1:1: the configuration: expected an object/],
      ['modules: { sbc: {} }\n', 2, /not built yet: .*modules\.sbc/],
      [
        'rpc: { listen: { tls: { cert: a, key: b } } }\n',
        2,
        /callbus\.yaml:1:31: rpc\.listen\.tls\.cert: a cannot be read/,
      ],
      ['modules: { conference: { dialout_suffix: x } }\n', 2, /dialout_suffix: .*not built yet/],
      ['rpc: { users: [{ name: a, hash: "scrypt:1:1:1:a:b" }] }\n', 2, /the hash of "a"/],
      ['rpc: { listen: { address: 0.0.0.0 } }\n', 2, /rpc\.listen\.address 0\.0\.0\.0 can be reached.*callbus token/],
    ] as const,
    async ([text, code, told], index) => {
      const own = join(folder, `${index}`);
      await mkdir(own);
      await writeFile(join(own, 'callbus.yaml'), text);
      const run = await callbus(folder, ['--config', join(own, 'callbus.yaml'), '--check-config']);
      assert.equal(run.code, code, `${text}: ${run.text}`);
      assert.match(run.text, told);
    },
  );
  await writeFile(file, Buffer.from([0, 1, 255, 254]));
  assert.match((await callbus(folder, ['--config', file, '--check-config'])).text, /not UTF-8/);
  const printed = await callbus(folder, ['--print-config']);
  assert.equal(printed.code, 0);
  await writeFile(file, printed.text);
  assert.equal((await callbus(folder, ['--config', file, '--print-config'])).text, printed.text);
});

test('a port that is taken ends the start with the key that chooses another {configuration}', async (context) => {
  const folder = await folderOf(context);
  const port = await takenPort(context);
  for (const [environment, key] of [
    [{ CALLBUS__RPC__LISTEN__PORT: `${port}` }, /rpc\.listen\.port/],
    [{ CALLBUS__RPC__NETSTRING__PORT: `${port}` }, /rpc\.netstring\.port/],
    [{ CALLBUS__SIP__LISTEN: `[{ transport: tcp, address: 127.0.0.1, port: ${port} }]` }, /sip\.listen/],
  ] as const) {
    const { code, text } = await callbus(folder, ['serve'], environment);
    assert.equal(code, 1, text);
    assert.match(text, new RegExp(`The port is in use: .*127\\.0\\.0\\.1:${port}; choose another.*${key.source}`));
    assert.doesNotMatch(text, /callbus ready/);
  }
});

test('the ready line is one line of stdout; SIGHUP reloads, SIGTERM ends with 0 {configuration}', async (context) => {
  const folder = await folderOf(context);
  const file = join(folder, 'callbus.yaml');
  await writeFile(file, 'log: { level: info }\n');
  const server = startPeer(process.execPath, [packageFile('dist/program/cli.js'), 'serve', '--config', file], {
    limitMs: 30_000,
    cwd: folder,
    environment: loopback,
  });
  await server.shows(/^callbus ready \{.*\}$/m);
  await writeFile(file, 'log: { level: debug }\ndrainMs: 7\n');
  server.signal('SIGHUP');
  await server.shows(/"needRestart":\["drainMs"\].*configuration reloaded/);
  const [told = ''] = server.output().match(/.*configuration reloaded.*/) ?? [];
  assert.equal(told.match(/"level":/g)?.length, 1, 'a line has one level, its own');
  server.signal('SIGTERM');
  assert.equal((await server.ended).code, 0);
  assert.equal(server.output().match(/callbus ready/g)?.length, 1);
});
