/** Kills a billing server at random moments, again and again on the same storage, and compares what it kept with what happened. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRecord, realSeams, SimRandom, silentLog } from '../../core/runtime/index.ts';
import { openSqliteStorage } from '../../core/storage/index.ts';
import type { CallRecord } from '../../di-modules/billing/record.ts';
import { freePort } from '../support/free-ports.ts';
import { type Peer, startPeer } from '../support/peers.ts';

const isSource = import.meta.url.endsWith('.ts');
const childOf = (name: string): string =>
  fileURLToPath(new URL(`./${name}.child${isSource ? '.ts' : '.js'}`, import.meta.url));
/** A whole server that calls itself, and the billing alone under ten times the load. */
const children = { server: childOf('billing-crash'), bus: childOf('billing-crash.bus') };
const unit = 1_000_000;
/** Between an event's time and its arrival, where the machine has other things to do, ms. */
const slackMs = 300;

export interface CrashReport {
  readonly confirmed: number;
  readonly records: number;
  readonly cut: number;
}

/** Every so many rounds a whole server is killed, else the billing alone; 400 media ports from `mediaPort`. @throws AssertionError: a record is lost or doubled, or the charges are not the talk time. */
export async function crashRounds(
  rounds: number,
  seed: number,
  serverEvery: number,
  mediaPort = 44_000,
): Promise<CrashReport> {
  const folder = await mkdtemp(join(tmpdir(), 'callbus-billing-'));
  const random = new SimRandom(seed);
  const ports = [await freePort(), mediaPort];
  try {
    let confirmed = 0;
    const checks: ((records: ReadonlyMap<string, CallRecord>) => void)[] = [];
    for (let round = 0; round < rounds; round++) {
      const truth = join(folder, `truth-${round}`);
      const child = round % serverEvery === 0 ? children.server : children.bus;
      const peer = start(child, folder, truth, ports, seed + round);
      // Some are killed while they start, and take up what the one before left.
      if (round % 5 === 4) await pause(100 + random.integer(600));
      else {
        await until(() => hasLine(truth, '"confirmed"'), peer);
        await pause(random.integer(500));
      }
      process.kill(peer.processId, 'SIGKILL');
      await peer.ended.catch(() => {});
      const killedAtMs = Date.now();
      const happened = confirmedPart(await linesOf(truth));
      confirmed += happened.started.size;
      checks.push((records) => checkRound(happened, records, killedAtMs));
    }
    const kept = await lastStart(folder, ports, seed + rounds);
    const records = new Map(kept.records.map((record) => [record.id, record]));
    assert.equal(records.size, kept.records.length, 'no record twice');
    for (const check of checks) check(records);
    checkCharges(kept);
    await checkOutputs(folder, kept);
    const cut = kept.records.filter(({ cause }) => cause === 'server-crash').length;
    return { confirmed, records: records.size, cut };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const pause = (durationMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, durationMs));

async function until(condition: () => Promise<boolean>, peer: Peer): Promise<void> {
  for (let tries = 0; tries < 1500; tries++) {
    if (await condition()) return;
    await pause(20);
  }
  throw new Error(`the server did not start: ${peer.output().slice(-2000)}`);
}

function start(child: string, folder: string, truth: string, ports: readonly number[], seed: number): Peer {
  const args = [child, folder, truth, ...ports.map(String), String(seed)];
  return startPeer(process.execPath, [...(isSource ? ['--import', 'tsx'] : []), ...args], { limitMs: 60_000 });
}

type Line = { readonly [member: string]: unknown };

async function linesOf(file: string): Promise<Line[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line): unknown => JSON.parse(line)).filter(isRecord);
}

const hasLine = async (file: string, part: string): Promise<boolean> =>
  (await readFile(file, 'utf8').catch(() => '')).includes(part);

interface Happened {
  /** Ids of calls that had started before the last confirmation, with what was noted of them before it. */
  readonly started: ReadonlyMap<string, { readonly answeredAtMs: number | null; readonly endedAtMs: number | null }>;
  readonly confirmedAtMs: number;
}

function confirmedPart(lines: readonly Line[]): Happened {
  const last = lines.findLast((line) => 'confirmed' in line)?.['confirmed'];
  const end = lines.findIndex((line) => last !== undefined && line['probe'] === last);
  const started = new Map<string, { answeredAtMs: number | null; endedAtMs: number | null }>();
  const ids = new Map<unknown, string>();
  for (const line of lines.slice(0, Math.max(0, end))) {
    const id = ids.get(line['call']) ?? `${String(line['call'])}-${String(line['startedAtMs'])}`;
    if (line['event'] === 'call.started') {
      ids.set(line['call'], id);
      started.set(id, { answeredAtMs: null, endedAtMs: null });
    }
    const call = started.get(id);
    if (call === undefined) continue;
    if (line['event'] === 'call.answered') call.answeredAtMs = Number(line['answeredAtMs']);
    if (line['event'] === 'call.ended') call.endedAtMs = Number(line['endedAtMs']);
  }
  return { started, confirmedAtMs: Number(lines[end]?.['atMs'] ?? 0) };
}

function checkRound(
  { started, confirmedAtMs }: Happened,
  records: ReadonlyMap<string, CallRecord>,
  killedAtMs: number,
) {
  for (const [id, { answeredAtMs, endedAtMs }] of started) {
    const record = records.get(id);
    assert.ok(record !== undefined, `the record of a confirmed call is lost: ${id}`);
    if (endedAtMs !== null) assert.notEqual(record.cause, 'server-crash', `${id} had ended`);
    if (answeredAtMs === null) continue;
    assert.equal(record.answeredAtMs, answeredAtMs);
    const untilMs = endedAtMs ?? confirmedAtMs;
    const leastMs =
      record.cause === 'server-crash'
        ? Math.floor((untilMs - answeredAtMs - slackMs) / 1000) * 1000
        : untilMs - answeredAtMs - slackMs;
    assert.ok(record.talkMs >= leastMs, `${id}: ${record.talkMs} ms of at least ${leastMs}`);
    const mostMs = (endedAtMs ?? killedAtMs) - answeredAtMs + slackMs;
    assert.ok(record.talkMs <= mostMs, `${id}: ${record.talkMs} ms of at most ${mostMs}`);
  }
}

interface Kept {
  readonly records: readonly CallRecord[];
  readonly balances: ReadonlyMap<string, number>;
  readonly entries: readonly { readonly id: string; readonly account: string; readonly amountMicro: number }[];
}

/** Starts the server once more, so that it takes up what the last kill left, and reads what there is. */
async function lastStart(folder: string, ports: readonly number[], seed: number): Promise<Kept> {
  const peer = start(children.bus, folder, join(folder, 'truth-last'), ports, seed);
  await until(() => hasLine(join(folder, 'truth-last'), '"confirmed":6'), peer);
  process.kill(peer.processId, 'SIGKILL');
  await peer.ended.catch(() => {});
  return readKept(folder);
}

async function readKept(folder: string): Promise<Kept> {
  const { threads } = realSeams({ log: silentLog });
  const storage = openSqliteStorage({ path: folder, threads });
  const ledger = storage.database(join(folder, 'billing/ledger.db'));
  const rows = await ledger.run('SELECT json FROM record ORDER BY seq');
  const entries = await ledger.run("SELECT id, account, amount_micro FROM entry WHERE kind = 'call'");
  const balances = await ledger.run('SELECT account, balance_micro FROM account');
  for (const database of [ledger, storage]) await database.close();
  return {
    records: rows.map(({ json }) => JSON.parse(String(json)) as CallRecord),
    entries: entries.map((row) => ({
      id: String(row['id']),
      account: String(row['account']),
      amountMicro: Number(row['amount_micro']),
    })),
    balances: new Map(balances.map((row) => [String(row['account']), Number(row['balance_micro'])])),
  };
}

/** Every second that was begun is one unit, once, in the record, in the ledger and in the balance. */
function checkCharges({ balances, entries, records }: Kept): void {
  const owed = new Map<string, number>();
  let charged = 0;
  for (const { account, billedSeconds, chargeMicro, talkMs, answeredAtMs } of records) {
    assert.equal(billedSeconds, answeredAtMs === null ? 0 : Math.ceil(talkMs / 1000));
    assert.equal(chargeMicro, billedSeconds * unit);
    charged += chargeMicro;
    owed.set(String(account), (owed.get(String(account)) ?? 0) - chargeMicro);
  }
  assert.ok(charged > 0);
  assert.equal(
    entries.reduce((sum, { amountMicro }) => sum - amountMicro, 0),
    charged,
  );
  for (const [account, micro] of owed) assert.equal(balances.get(account) ?? 0, micro === 0 ? 0 : micro, account);
}

/** What the outputs have is there once and whole; it is everything but what the last kill kept from them. */
async function checkOutputs(folder: string, { records }: Kept): Promise<void> {
  const files = (await readdir(join(folder, 'cdr'))).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(folder, 'cdr', name), 'utf8')));
  const lines = texts.flatMap((text) => text.split('\n').slice(0, -1));
  const written = lines.map((line) => (JSON.parse(line) as CallRecord).id);
  assert.equal(new Set(written).size, written.length, 'no line twice');
  const known = new Set(records.map(({ id }) => id));
  assert.ok(written.every((id) => known.has(id)));
  const missing = known.size - written.length;
  assert.ok(missing < 500, `${missing} are not out yet`);
}
