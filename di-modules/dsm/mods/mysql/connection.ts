import {
  CodedError,
  type DsmScript,
  type SqlDatabase,
  type SqlOutcome,
  type SqlRow,
  type SqlValue,
} from '../../../../core/index.ts';
import { serverOf } from '../server.ts';
import { databasePlace } from './place.ts';
import { openForScript } from './shared.ts';
import { substituted } from './substitute.ts';
import { statementTrouble, Trouble } from './trouble.ts';

/** Names under which scripts hold what is open (SEMS: avars). */
const connectionName = 'db.con';
const resultName = 'db.res';
const maxBound = 1000;
/** Scripts whose end frees the connection. */
const freed = new WeakSet<DsmScript>();

/** A script's connection: freed with it, or by `freeObject(db.con)`. */
export class ScriptConnection {
  readonly database: SqlDatabase;
  /** For the `?` of the next statement. */
  bound: SqlValue[] = [];

  constructor(database: SqlDatabase) {
    this.database = database;
  }

  async dispose(): Promise<void> {
    await this.database.close();
  }
}

/** A kept result. */
export class ScriptResult {
  readonly rows: readonly SqlRow[];

  constructor(rows: readonly SqlRow[]) {
    this.rows = rows;
  }
}

/** Opens the database and asks it something, so that a wrong password shows now. @throws Trouble */
export async function connect(script: DsmScript, url: string): Promise<void> {
  const { variables } = script;
  const wanted = url === '' ? variables.get('config.db_url') : url;
  if (wanted === '') throw new Trouble('config', 'no URL is given and $config.db_url is not set');
  await disconnect(script);
  const place = placeOf(wanted, variables.get('config.mysql_ca_cert') !== '');
  const connection = new ScriptConnection(open(script, place));
  try {
    await connection.database.run('SELECT 1');
  } catch (fault) {
    await connection.dispose();
    throw statementTrouble(fault, 'connection');
  }
  script.objects.set(connectionName, connection);
  if (freed.has(script)) return;
  freed.add(script);
  script.onEnd(async () => void (await disconnect(script)));
}

function placeOf(url: string, secure: boolean): string {
  try {
    return databasePlace(url, secure);
  } catch (fault) {
    if (!(fault instanceof CodedError)) throw fault;
    throw new Trouble('arg', fault.detail);
  }
}

function open(script: DsmScript, place: string): SqlDatabase {
  try {
    return openForScript(serverOf(script), place);
  } catch (fault) {
    if (!(fault instanceof CodedError)) throw fault;
    throw new Trouble('arg', fault.detail);
  }
}

/** False: there was no connection. */
export async function disconnect(script: DsmScript): Promise<boolean> {
  const connection = script.objects.get(connectionName);
  if (!(connection instanceof ScriptConnection)) return false;
  script.objects.delete(connectionName);
  await connection.dispose();
  return true;
}

export function connectionOf(script: DsmScript): ScriptConnection | null {
  const connection = script.objects.get(connectionName);
  return connection instanceof ScriptConnection ? connection : null;
}

/** @throws Trouble `connection` */
export function connectionNeeded(script: DsmScript): ScriptConnection {
  const connection = connectionOf(script);
  if (connection === null) throw new Trouble('connection', 'there is no connection: mysql.connect comes first');
  return connection;
}

/** @throws Trouble `arg` where too many wait already. */
export function bind(script: DsmScript, value: string): void {
  const { bound } = connectionNeeded(script);
  if (bound.length >= maxBound) throw new Trouble('arg', `more than ${maxBound} bound values`);
  bound.push(value);
}

/** Runs a query with its substitutions and the values that were bound for it. @throws Trouble */
export function execute(script: DsmScript, query: string): Promise<SqlOutcome> {
  return executePlain(script, substituted(query, script));
}

/** As `execute`, for a statement that is ready. @throws Trouble */
export function executePlain(script: DsmScript, sql: string): Promise<SqlOutcome> {
  return withStatement(script, ({ database }, values) => database.execute(sql, values));
}

/** First value of a query's first row. @throws Trouble `result` where there is none. */
export async function readBytes(script: DsmScript, query: string): Promise<Uint8Array> {
  const sql = substituted(query, script);
  const bytes = await withStatement(script, ({ database }, values) => database.bytes(sql, values));
  if (bytes === null) throw new Trouble('result', 'the result has no row, or NULL in it');
  return bytes;
}

async function withStatement<T>(
  script: DsmScript,
  run: (connection: ScriptConnection, values: readonly SqlValue[]) => Promise<T>,
): Promise<T> {
  const connection = connectionNeeded(script);
  const { bound } = connection;
  connection.bound = [];
  try {
    return await run(connection, bound);
  } catch (fault) {
    throw statementTrouble(fault);
  }
}

export const keepResult = (script: DsmScript, result: ScriptResult): void =>
  void script.objects.set(resultName, result);

export function resultOf(script: DsmScript, name: string = resultName): ScriptResult | null {
  const result = script.objects.get(name);
  return result instanceof ScriptResult ? result : null;
}

/** @throws Trouble `result` */
export function resultNeeded(script: DsmScript, name?: string): ScriptResult {
  const result = resultOf(script, name);
  if (result === null) throw new Trouble('result', 'there is no result: mysql.query comes first');
  return result;
}

/** Columns of one row become variables. @throws Trouble `arg`, `result`. */
export function rowToVariables(script: DsmScript, rows: readonly SqlRow[], indexText: string, column = ''): void {
  const index = indexText === '' ? 0 : Number(indexText);
  if (!Number.isInteger(index) || index < 0 || !/^\d*$/.test(indexText))
    throw new Trouble('arg', `row ${indexText.slice(0, 40)} is no number`);
  const row = rows[index];
  if (row === undefined) throw new Trouble('result', `there is no row ${index}: the result has ${rows.length}`);
  if (column !== '' && !(column in row)) throw new Trouble('result', `there is no column ${column.slice(0, 80)}`);
  for (const [name, value] of Object.entries(row))
    if (column === '' || name === column) script.variables.set(name, value === null ? '' : String(value));
}
