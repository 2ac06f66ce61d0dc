/**
 * What our engine makes of SEMS's scripts, event by event: which transitions are tried and taken, which actions run.
 * Kept in dsm-traces/; `DSM_TRACES=write` writes them anew, and then they are to be read again. Each line was read
 * against its script and the reference (dsm 1.4, 2, 3): that SEMS would take this transition and run these lists in
 * this order. SEMS itself never ran here. What the traces do not show:
 * - what actions do that need a call, a bus or a network: they are noted and do nothing, raise no event (SEMS's
 *   `dlg.acceptInvite` raises `early` or `sessionStart` inside itself), no exception, and leave `$errno` alone; what
 *   such an action sets is given at the beginning where a script waits for it;
 * - SEMS's order of events: every script gets every story, also events that its kind of session never sees;
 *   after `stop` none comes, where SEMS still raises `beforeDestroy`;
 * - one in six transitions (25 of 142, each source by itself): no story takes them;
 * - test_sbc, which SEMS loads: we have no `mod_sbc`. messages loads in neither.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { type DsmAction, type DsmEventType, type DsmModule, silentLog } from '../../core/index.ts';
import { coreActions, coreConditions, Machine, ScriptBase, textTrace } from '../../di-modules/dsm/engine/index.ts';
import { allCoreActions } from '../../di-modules/dsm/host/vocabulary.ts';
import { createVocabulary, type Diagram, readDiagram, type Transition } from '../../di-modules/dsm/language/index.ts';
import { dsmModules } from '../../di-modules/dsm/mods/index.ts';

const root = process.env['CALLBUS_CONFORMANCE'];
const skip = root === undefined && 'CALLBUS_CONFORMANCE is not set';
const folder = join(root ?? '', 'dsm');
const golden = join(import.meta.dirname.replace(/\/dist(?=\/test\/)/, ''), 'dsm-traces');

type Values = { readonly [name: string]: string };
type Happening = readonly [type: DsmEventType, parameters?: Values];

interface Story {
  readonly title: string;
  /** Variables that the host, or an action that is only noted, would have set. */
  readonly given?: Values;
  readonly happenings: readonly Happening[];
}

/** A call in which everything happens once. */
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
/** A call that was dialled: its keys are a PIN, its caller goes. */
const dialled: readonly Happening[] = [
  ['Ringing', { code: '180', reason: 'Ringing', has_body: 'false' }],
  ['SessionStart'],
  ['NoAudio', { type: 'noAudio' }],
  ['Key', { key: '1', duration: '100' }],
  ['Key', { key: '2', duration: '100' }],
  ['Key', { key: '1', duration: '100' }],
  ['Key', { key: '2', duration: '100' }],
  ['Timer', { id: '1' }],
  ['Timer', { id: '2' }],
  ['NoAudio', { type: 'noAudio' }],
  ['DSMEvent', { action: 'leave' }],
  ['DSMEvent', { action: 'join' }],
  ['DSMEvent', { cmd: 'reload' }],
  ['DSMEvent', { cmd: 'stop' }],
  ['System', { type: 'User2' }],
  ['System', { type: 'ServerShutdown' }],
  ['DSMEvent', { a_status: 'DISCONNECT' }],
  ['DSMEvent', { a_status: 'BYE' }],
  ['Hangup', { headers: '' }],
];
/** A caller whose callees answer, then hang up. */
const connected: readonly Happening[] = [
  ['Invite'],
  ['Key', { key: '11', duration: '100' }],
  ['Key', { key: '1', duration: '100' }],
  ['Key', { key: '11', duration: '100' }],
  ['DSMEvent', { b_status: 'CONNECTED' }],
  ['DSMEvent', { b_status: 'MATCHED', b_ltag: 'second' }],
  ['DSMEvent', { b_status: 'DISCONNECT' }],
  ['DSMEvent', { b_status: 'BYE' }],
  ['Hangup', { headers: '' }],
];
/** Nothing can be had. */
const failing: readonly Happening[] = [
  ['Invite'],
  ['FailedCall', { code: '486', reason: 'Busy Here' }],
  ['SessionStart'],
  ['DSMEvent', { a_status: 'CANCEL' }],
  ['DSMEvent', { b_status: 'FAILED', code: '486', reason: 'Busy Here' }],
  ['Hangup', { headers: '' }],
];
const stories: readonly Story[] = [
  { title: 'all happens once', given: { 'db.rows': '0', DI_res2: '0', tryAgain: '0' }, happenings: usual },
  { title: 'refused', given: { DI_res2: '0', tryAgain: '1' }, happenings: refused },
  {
    title: 'dialled',
    given: { a_ltag: 'caller', pin: '12', 'rparty.user': '5', 'db.rows': '2', 'b_ltags[0]': 'b0', 'b_ltags[1]': 'b1' },
    happenings: dialled,
  },
  { title: 'connected', given: { 'db.rows': '2', b_leg_ltag: 'first', DI_res2: '0' }, happenings: connected },
  {
    title: 'failing',
    given: { errno: 'connection', strerror: 'no route', 'rparty.user': '4' },
    happenings: failing,
  },
];

/** A session that knows its tag and whom it is for; the other selects are empty. */
class Session extends ScriptBase {
  override select(name: string): string {
    return name === 'local_tag' ? this.tag : name === 'user' ? 'alice' : '';
  }
}

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
  const isSystem = diagram.initial?.transitions.some(waitsForStartup) === true;
  for (const { title, given = {}, happenings } of stories) {
    lines.push(`-- ${title}`);
    const script = new Session({
      kind: isSystem ? 'system' : 'call',
      tag: isSystem ? 'SystemDSM_1' : 'call',
      log: silentLog,
    });
    for (const [name, value] of Object.entries(given)) script.variables.set(name, value);
    const machine = new Machine({ diagrams, script, hooks: textTrace((line) => lines.push(line)) });
    await machine.init(diagram.name, isSystem ? 'Startup' : 'Start');
    for (const [type, parameters] of happenings) {
      if (script.stopped) break;
      const written = parameters === undefined ? null : new Map(Object.entries(parameters));
      await machine.runEvent(type, written);
      const changed = [...(written ?? [])].filter(([name, value]) => parameters?.[name] !== value);
      for (const [name, value] of changed) lines.push(`  #${name}=${JSON.stringify(value)}`);
    }
    lines.push(`${script.stopped ? 'stopped' : 'goes on'}: ${variablesText(script, given)}`);
    await script.end();
  }
  return `${lines.join('\n')}\n`;
}

/** What a system script does and a call's does not. */
const waitsForStartup = ({ conditions }: Transition): boolean => conditions.some(({ name }) => name === 'startup');

/** Those that the script made or changed. */
const variablesText = ({ variables }: ScriptBase, given: Values): string =>
  [...variables.all()]
    .filter(([name, value]) => given[name] !== value)
    .map(([name, value]) => `$${name}=${JSON.stringify(value)}`)
    .join(' ');

const scripts =
  skip === false
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.dsm'))
        .sort()
    : [];

test('transitions and actions of the scripts of SEMS are those that were read against the reference {dsm-engine}', {
  skip,
}, async (t) => {
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
