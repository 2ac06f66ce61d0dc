import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFiles } from '../../../../../core/runtime/index.ts';
import { dsmCommand, subcommands } from '../../../../../di-modules/dsm/commands/index.ts';
import { vocabulary } from '../language/vocabulary.ts';

const good = 'initial state A;\n\n-- Done.\nstate END;\ntransition "bye" A - hangup / stop(false) -> END;\n';

async function run(scripts: { readonly [path: string]: string | Buffer }, ...args: string[]) {
  const files = new MemoryFiles();
  for (const [path, text] of Object.entries(scripts)) await files.write(path, Buffer.from(text));
  let [out, err] = ['', ''];
  const command = dsmCommand(subcommands, () => ({ files, vocabulary, modules: [] }));
  const code = await command.run(args, {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    signal: new AbortController().signal,
  });
  const text = async (path: string): Promise<string> => Buffer.from(await files.read(path)).toString('utf8');
  return { code, out, err, text };
}

test('a good script has no faults, and exit code 0 {dsm-tools}', async () => {
  assert.deepEqual((await run({ '/s/a.dsm': good }, 'check', '/s/a.dsm')).out, '1 script: 0 errors, 0 warnings\n');
  assert.equal((await run({ '/s/a.dsm': good }, 'check', '/s')).code, 0);
});

test('a fault is told with file, line, column, text and hint {dsm-tools}', async () => {
  const { code, out } = await run({ '/s/a.dsm': good.replace('stop(', 'stpo(') }, 'check', '/s/a.dsm');
  assert.equal(code, 1);
  assert.equal(
    out,
    '/s/a.dsm:5:31: error: there is no action "stpo": stpo(false) (did you mean stop?) [unknownAction]\n1 script: 1 error, 0 warnings\n',
  );
});

test('as SEMS loads it, what it swallows is a warning {dsm-tools}', async () => {
  const scripts = { '/s/a.dsm': `${good}state LOST` };
  assert.equal((await run(scripts, 'check', '/s/a.dsm')).code, 1);
  assert.equal((await run(scripts, 'check', '/s/a.dsm', '--mode', 'sems')).code, 0);
  assert.equal((await run(scripts, 'check', '/s/a.dsm', '--mode=sems', '--deny-warnings')).code, 1);
  assert.equal((await run(scripts, 'check', '/s/a.dsm', '--mode=other')).code, 2);
});

test('a script says itself how it wants to be read {dsm-tools}', async () => {
  const lost = `${good}state LOST`;
  const strict = { '/s/a.dsm': `-- A script.\n--  mode: strict\n${lost}` };
  assert.equal((await run(strict, 'check', '/s/a.dsm', '--mode', 'sems')).code, 1);
  const sems = { '/s/a.dsm': `\n# mode: sems\r\n${lost}` };
  assert.equal((await run(sems, 'check', '/s/a.dsm')).code, 0);
  const late = { '/s/a.dsm': `initial state B;\n-- mode: sems\n${lost}` };
  assert.equal((await run(late, 'check', '/s/a.dsm')).code, 1);
});

test('an old script may be Latin-1, or begin with a byte order mark {dsm-reader}', async () => {
  for (const head of [Buffer.from('-- fur Anrufer f\xfcr\n', 'latin1'), Buffer.from('\ufeff-- f\u00fcr\n')]) {
    const { code, out } = await run({ '/s/a.dsm': Buffer.concat([head, Buffer.from(good)]) }, 'format', '/s/a.dsm');
    assert.equal(code, 0);
    assert.match(out, /^-- .*für\n/);
  }
});

test('new begins a script with its story, both formatted and without faults {dsm-tools}', async () => {
  for (const flags of [[], ['--system']]) {
    const { code, out, text } = await run({}, 'new', '/s/first', ...flags);
    assert.equal(code, 0);
    assert.equal(out, '/s/first.dsm\n/s/first.yaml\n');
    assert.match(await text('/s/first.dsm'), /^-- mode: strict$/m);
    assert.doesNotMatch(`${await text('/s/first.dsm')}${await text('/s/first.yaml')}`, /NAME/);
  }
  assert.equal((await run({ '/s/a.yaml': '' }, 'new', '/s/a.dsm')).code, 1);
  assert.equal((await run({}, 'new', '/s/a b.dsm')).code, 2);
});

test('faults come as JSON {dsm-tools}', async () => {
  const { out } = await run({ '/s/a.dsm': `${good}state LOST` }, 'check', '/s/a.dsm', '--json');
  const told: { errors: number; faults: { code: string; position: { line: number } }[] } = JSON.parse(out);
  assert.equal(told.errors, 1);
  assert.equal(told.faults[0]?.code, 'unclosedElement');
  assert.equal(told.faults[0]?.position.line, 6);
});

test('a diagram beside it is known, a missing file is a fault {dsm-tools}', async () => {
  const scripts = { '/s/a.dsm': good.replace('stop(false)', '{ jumpFSM(b); stop(false); }'), '/s/b.dsm': good };
  assert.equal((await run(scripts, 'check', '/s/a.dsm')).code, 0);
  assert.match((await run({}, 'check', '/s/none.dsm')).out, /there is no file \/s\/none.dsm/);
});

test('format prints, checks and writes {dsm-tools}', async () => {
  const ugly = good.replace('"bye"', 'bye').replace('state END;', '  state   END ;');
  assert.equal((await run({ '/s/a.dsm': ugly }, 'format', '/s/a.dsm')).out, good);
  assert.deepEqual(await run({ '/s/a.dsm': ugly }, 'format', '--check', '/s').then(({ code, out }) => [code, out]), [
    1,
    '/s/a.dsm\n',
  ]);
  const { code, text } = await run({ '/s/a.dsm': ugly }, 'format', '--write', '/s/a.dsm');
  assert.equal(code, 0);
  assert.equal(await text('/s/a.dsm'), good);
  assert.equal((await run({ '/s/a.dsm': good }, 'format', '--check', '/s/a.dsm')).code, 0);
});

test('format leaves alone what would lose a part {dsm-tools}', async () => {
  const lossy = `${good}state LOST enter { stop(true); }`;
  const { code, err, text } = await run({ '/s/a.dsm': lossy }, 'format', '--write', '/s/a.dsm');
  assert.equal(code, 1);
  assert.match(err, /state LOST is lost/);
  assert.equal(await text('/s/a.dsm'), lossy);
});

test('graph draws, as text or as a picture {dsm-tools}', async () => {
  assert.match((await run({ '/s/a.dsm': good }, 'graph', '/s/a.dsm')).out, /^stateDiagram-v2\n/);
  assert.match((await run({ '/s/a.dsm': good }, 'graph', '/s/a.dsm', '--svg')).out, /^<svg /);
});

test('actions tells what scripts can say {dsm-tools}', async () => {
  assert.match((await run({}, 'actions', 'setTimer')).out, /^setTimer\(first, second\)\n\nDoes setTimer\./);
  assert.match((await run({}, 'actions')).out, /hangup/);
  assert.match((await run({}, 'actions', 'setTimre')).err, /did you mean setTimer\?/);
});

test('a word that is none is refused with the usage {dsm-tools}', async () => {
  const { code, err } = await run({}, 'chekc');
  assert.equal(code, 2);
  assert.match(err, /there is no "chekc"[\s\S]*callbus dsm format/);
});
