/**
 * What the scripts of SEMS do, event by event: which transitions are tried and taken, which actions run. Reviewed
 * against the reference and kept in dsm-traces/; `DSM_TRACES=write` writes them anew. Only the engine runs: actions
 * that need a call, a bus or a network are noted and do nothing.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { type DsmAction, type DsmEventType, type DsmModule, silentLog } from '../../core/index.ts';
import { coreActions, coreConditions, Machine, ScriptBase, textTrace } from '../../di-modules/dsm/engine/index.ts';
import { allCoreActions } from '../../di-modules/dsm/host/vocabulary.ts';
import { createVocabulary, type Diagram, readDiagram } from '../../di-modules/dsm/language/index.ts';
import { dsmModules } from '../../di-modules/dsm/mods/index.ts';

const root = process.env['CALLBUS_CONFORMANCE'];
const skip = root === undefined && 'CALLBUS_CONFORMANCE is not set';
const folder = join(root ?? '', 'dsm');
const golden = join(import.meta.dirname.replace(/\/dist(?=\/test\/)/, ''), 'dsm-traces');

type Happening = readonly [type: DsmEventType, parameters?: { readonly [name: string]: string }];

/** A call in which everything happens once: enough to leave most states by each of their transitions. */
const usual: readonly Happening[] = [
  ['Invite'],
  ['EarlySession'],
  ['SessionStart'],
  ['NoAudio', { type: 'noAudio' }],
  ['Key', { key: '1', duration: '100' }],
  ['Key', { key: '2', duration: '100' }],
  ['Timer', { id: '2' }],
  ['Key', { key: '11', duration: '100' }],
  ['Timer', { id: '1' }],
  ['B2BOtherReply', { code: '180', reason: 'Ringing', hdrs: '' }],
  ['B2BOtherReply', { code: '200', reason: 'OK', hdrs: '' }],
  ['PlaylistSeparator', { id: '1' }],
  ['DSMEvent', { action: 'take', roomname: 'wonderland' }],
  ['DSMEvent', { action: 'take', roomname: 'elsewhere' }],
  ['SipRequest', { method: 'INFO', hdrs: '' }],
  ['RemoteDisappeared', { code: '408', reason: 'Request Timeout' }],
  ['System', { type: 'User1' }],
  ['B2BOtherBye', { hdrs: '' }],
  ['NoAudio', { type: 'noAudio' }],
  ['DSMEvent', { action: 'kick' }],
  ['Hangup', { headers: '' }],
  ['BeforeDestroy', {}],
];
/** And one in which the other side refuses, then the caller goes. */
const refused: readonly Happening[] = [
  ['SessionStart'],
  ['Key', { key: '7', duration: '100' }],
  ['Key', { key: '10', duration: '100' }],
  ['B2BOtherReply', { code: '486', reason: 'Busy Here', hdrs: '' }],
  ['FailedCall', { code: '486', reason: 'Busy Here' }],
  ['Hangup', { headers: '' }],
];

const own = new Set(
  coreActions
    .map(({ name }) => name)
    .filter((name) => !/^(DI|postEvent|createSystemDSM|register|unregister)/.test(name)),
);
const noted = (action: DsmAction): DsmAction => (own.has(action.name) ? action : { ...action, run: () => undefined });
const vocabulary = createVocabulary(
  { actions: allCoreActions.map(noted), conditions: coreConditions },
  dsmModules.map(
    (module): DsmModule => ({
      name: module.name,
      summary: module.summary,
      actions: module.actions.map(noted),
      conditions: module.conditions.map((condition) => ({ ...condition, test: () => false })),
    }),
  ),
);

async function read(path: string) {
  const text = readFileSync(join(folder, path), 'utf8');
  return readDiagram({ name: basename(path, '.dsm'), file: basename(path), text, vocabulary, mode: 'sems' });
}

/** The diagrams of one folder can call each other. */
async function diagramsBeside(path: string): Promise<Map<string, Diagram>> {
  const diagrams = new Map<string, Diagram>();
  for (const name of readdirSync(join(folder, dirname(path))).filter((each) => each.endsWith('.dsm'))) {
    const { diagram } = await read(join(dirname(path), name));
    if (diagram !== null) diagrams.set(diagram.name, diagram);
  }
  return diagrams;
}

async function traceOf(path: string): Promise<string> {
  const { diagram, faults } = await read(path);
  const lines = faults.map(({ position, code, text }) => `${position.line}:${position.column} ${code} ${text}`);
  if (diagram === null) return `does not load\n${lines.join('\n')}\n`;
  const diagrams = await diagramsBeside(path);
  const isSystem = /system/.test(diagram.name);
  for (const story of [usual, refused]) {
    lines.push(`-- ${story === usual ? 'all happens once' : 'refused'}`);
    const script = new ScriptBase({ kind: isSystem ? 'system' : 'call', tag: 'call', log: silentLog });
    const machine = new Machine({ diagrams, script, hooks: textTrace((line) => lines.push(line)) });
    await machine.init(diagram.name, isSystem ? 'Startup' : 'Start');
    for (const [type, parameters] of story) {
      if (script.stopped) break;
      await machine.runEvent(type, parameters === undefined ? null : new Map(Object.entries(parameters)));
    }
    lines.push(`${script.stopped ? 'stopped' : 'goes on'}: ${variablesText(script)}`);
    await script.end();
  }
  return `${lines.join('\n')}\n`;
}

const variablesText = ({ variables }: ScriptBase): string =>
  [...variables.all()].map(([name, value]) => `$${name}=${JSON.stringify(value)}`).join(' ');

const scripts =
  skip === false
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.dsm'))
        .sort()
    : [];

test('what scripts of SEMS do is what was reviewed {dsm-engine}', { skip }, async (t) => {
  assert.ok(scripts.length >= 25, String(scripts.length));
  if (process.env['DSM_TRACES'] === 'write') mkdirSync(golden, { recursive: true });
  for (const path of scripts)
    await t.test(path, async () => {
      const file = join(golden, `${path.replace(/\.dsm$/, '').replaceAll('/', '.')}.txt`);
      const trace = await traceOf(path);
      if (process.env['DSM_TRACES'] === 'write') writeFileSync(file, trace);
      assert.ok(existsSync(file), `${file} is missing: review and write it`);
      assert.equal(trace, readFileSync(file, 'utf8'));
    });
});
