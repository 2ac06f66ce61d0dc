/** Actions of mod_mysql on statements and results (reference/dsm 5.8). */
import type { DsmAction, DsmScript } from '../../../../core/index.ts';
import { action } from '../rows.ts';
import {
  bind,
  connect,
  connectionNeeded,
  disconnect,
  execute,
  keepResult,
  resultNeeded,
  rowToVariables,
  ScriptResult,
} from './connection.ts';
import { escapedText } from './escape.ts';
import { substituted } from './substitute.ts';
import { attempt, Trouble } from './trouble.ts';

const versions = { sqlite: 'SELECT sqlite_version()', postgres: 'SELECT version()', mysql: 'SELECT version()' };

/** `$db.rows` and what else a statement tells. */
function tellOutcome({ variables }: DsmScript, rows: number, insertId: number | null): void {
  variables.set('db.rows', String(rows));
  variables.set('db.insert_id', String(insertId ?? 0));
  variables.set('db.info', '');
}

export const statementActions: readonly DsmAction[] = [
  action.one('url')({
    name: 'mysql.connect',
    summary:
      'Connects with a database: mysql://user:password@host/name, postgres://…, or sqlite:name (a file of the data folder). Default: $config.db_url.',
    errno: ['arg', 'config', 'connection'],
    run: (script, url) => attempt(script, () => connect(script, url)),
  }),
  action.none({
    name: 'mysql.disconnect',
    summary: 'Ends the connection.',
    errno: ['connection'],
    run: (script) =>
      attempt(script, async () => {
        if (!(await disconnect(script))) throw new Trouble('connection', 'there is no connection');
      }),
  }),
  action.one('value')({
    name: 'mysql.bind',
    summary: 'A value for the next ? of the statement that follows: whatever it holds, it is no SQL.',
    errno: ['arg', 'connection'],
    run: (script, value) => attempt(script, () => bind(script, value)),
  }),
  action.one('query:L')({
    name: 'mysql.execute',
    summary: 'Runs a statement: $db.rows changed, $db.insert_id. Quote one that has commas.',
    errno: ['connection', 'query'],
    run: (script, query) =>
      attempt(script, async () => {
        const { affected, insertId } = await execute(script, query);
        tellOutcome(script, affected, insertId);
      }),
  }),
  action.one('query:L')({
    name: 'mysql.query',
    summary: 'Runs a query and keeps its result; $db.rows.',
    errno: ['connection', 'query'],
    run: (script, query) =>
      attempt(script, async () => {
        const { rows } = await execute(script, query);
        keepResult(script, new ScriptResult(rows));
        script.variables.set('db.rows', String(rows.length));
      }),
  }),
  action.twoMaybe(
    'query:L',
    'row',
  )({
    name: 'mysql.queryGetResult',
    summary: 'Runs a query; the columns of one row (default 0) become variables. Quote a query that has commas.',
    errno: ['arg', 'connection', 'query', 'result'],
    run: (script, query, row) =>
      attempt(script, async () => {
        const { rows } = await execute(script, query);
        script.variables.set('db.rows', String(rows.length));
        rowToVariables(script, rows, row);
      }),
  }),
  action.twoMaybe(
    'row',
    'column',
  )({
    name: 'mysql.getResult',
    summary: 'A row (default 0) of the kept result, or one column of it, becomes variables.',
    errno: ['arg', 'result'],
    run: (script, row, column) => attempt(script, () => rowToVariables(script, resultNeeded(script).rows, row, column)),
  }),
  action.one('variable:RN')({
    name: 'mysql.getClientVersion',
    summary: 'Puts the version of the database in a variable; default $db.client_version.',
    errno: ['connection'],
    run: (script, variable) =>
      attempt(script, async () => {
        const { database } = connectionNeeded(script);
        const [row] = (await execute(script, versions[database.dialect])).rows;
        script.variables.set(variable || 'db.client_version', String(Object.values(row ?? {})[0] ?? ''));
      }),
  }),
  action.one('query:L')({
    name: 'mysql.resolveQueryParams',
    summary: 'Puts the query with its $name and #name replaced in $db.qstr.',
    run(script, query) {
      script.variables.set('db.qstr', substituted(query, script));
      script.clearError();
      return undefined;
    },
  }),
  action.one('name')({
    name: 'mysql.saveResult',
    summary: 'Keeps the result under a further name.',
    errno: ['result'],
    run: (script, name) => attempt(script, () => void script.objects.set(name, resultNeeded(script))),
  }),
  action.one('name')({
    name: 'mysql.useResult',
    summary: 'Makes a saved result the one that getResult reads.',
    errno: ['result'],
    run: (script, name) => attempt(script, () => keepResult(script, resultNeeded(script, name))),
  }),
  action.assign(
    'variable:N',
    'text',
  )({
    name: 'mysql.escape',
    summary: "Puts a text in a variable so that it may stand between '…' in a statement of the connected database.",
    errno: ['connection'],
    run: (script, variable, text) =>
      attempt(script, () => {
        const { database } = connectionNeeded(script);
        script.variables.set(variable, escapedText(database.dialect, text));
      }),
  }),
];
