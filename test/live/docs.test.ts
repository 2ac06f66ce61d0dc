/** The code blocks of README.md and docs/ run as they are printed, against a server on the documented ports' stand-ins. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageFile } from '../../core/runtime/index.ts';
import { type LiveServer, startLiveServer } from '../support/live-server.ts';
import { findProgram, skipWithout, startPeer } from '../support/peers.ts';

const documents = [
  'README.md',
  'docs/first-call.md',
  'docs/control-it.md',
  'docs/behind-a-proxy.md',
  'docs/operate.md',
  'docs/move-from-sems.md',
];
const modules = [
  'echo',
  'announcement',
  'b2bua',
  'conference',
  'webconference',
  'monitoring',
  'di_dial',
  'click_to_dial',
  'msg_storage',
  'mwi',
  'phone',
  'webhooks',
  'billing',
  'cc_acc',
].map((name) => `di-modules/${name}/README.md`);

/** What a server loads without a configuration, and what a README needs beside it. */
const loaded = {
  echo: {},
  announcement: {},
  b2bua: {},
  conference: {},
  webconference: {},
  monitoring: {},
  di_dial: {},
  click_to_dial: {},
  msg_storage: {},
  mwi: {},
  webhooks: {},
  billing: {},
  cc_acc: {},
};

interface Block {
  readonly language: string;
  readonly line: number;
  readonly text: string;
}

test('every code block of README, docs and module READMEs runs as printed {docs}', {
  skip: skipWithout('python3', 'curl', 'bash'),
  timeout: 800_000,
}, async (context) => {
  const server = await startLiveServer({ config: { modules: loaded }, limitMs: 230_000 });
  try {
    for (const document of [...documents, ...modules, 'rpc/README.md', 'clients/python/README.md']) {
      for (const block of runnable(await readFile(packageFile(document), 'utf8'))) {
        await context.test(`${document}:${block.line} (${block.language})`, () => runBlock(server, block));
      }
    }
  } finally {
    await server.stop();
  }
});

/** Blocks of `sh`, `python` and `yaml` without a `<!-- not run: reason -->` on the line before. */
function runnable(markdown: string): Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    const language = /^```(sh|python|yaml)$/.exec(lines[i] ?? '')?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', i + 1);
    if (!/^<!-- not run: /.test(lines[i - 1] ?? ''))
      blocks.push({ language, line: i + 1, text: lines.slice(i + 1, end).join('\n') });
    i = end;
  }
  return blocks;
}

async function runBlock(server: LiveServer, block: Block): Promise<void> {
  const text = block.text
    .replaceAll('127.0.0.1:8090', new URL(server.http).host)
    .replaceAll('127.0.0.1:7080', server.netstring)
    .replaceAll(/(sip:(?:\w+@)?127\.0\.0\.1)(?![:\d])/g, `$1:${server.sipPort}`)
    .replaceAll(/(?<= )di-modules\//g, `${packageFile('di-modules')}/`)
    .replaceAll('npx callbus', `${process.execPath} ${packageFile('dist/program/cli.js')}`);
  const [program, ...args] = await commandOf(server, block.language, text);
  const peer = startPeer(findProgram(program ?? '') ?? '', args, {
    limitMs: 60_000,
    cwd: server.folder,
    environment: {
      PYTHONPATH: packageFile('clients/python'),
      CALLBUS__STORAGE__PATH: join(server.folder, 'docs'),
      CALLBUS_URL: server.http,
    },
  });
  const { code } = await peer.ended;
  assert.equal(code, 0, `${text}\n---\n${peer.output()}`);
}

/** A configuration is checked as the server would read it. */
async function commandOf(server: LiveServer, language: string, text: string): Promise<string[]> {
  if (language === 'python') return ['python3', '-c', text];
  if (language === 'sh') return ['bash', '-euo', 'pipefail', '-c', text];
  const file = join(server.folder, 'documented.yaml');
  await writeFile(file, text);
  return ['node', packageFile('dist/program/cli.js'), 'serve', '--config', file, '--check-config'];
}
