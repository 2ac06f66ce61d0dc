import type { DsmModule } from '../../../../core/index.ts';
import { condition } from '../rows.ts';
import { connectionOf, resultOf } from './connection.ts';
import { fileActions } from './file-actions.ts';
import { statementActions } from './statement-actions.ts';
import { Trouble, tell } from './trouble.ts';

/** Databases: MySQL, MariaDB, PostgreSQL and SQLite (reference/dsm 5.8). */
export const mysql: DsmModule = {
  name: 'mod_mysql',
  summary: 'Databases: MySQL and MariaDB, PostgreSQL, SQLite.',
  actions: [...statementActions, ...fileActions],
  conditions: [
    condition.one('unused:L')({
      name: 'mysql.hasResult',
      summary: 'The kept result has rows.',
      test(script) {
        const result = resultOf(script);
        if (result === null) tell(script, new Trouble('result', 'there is no result'));
        else script.clearError();
        return result !== null && result.rows.length > 0;
      },
    }),
    condition.one('unused:L')({
      name: 'mysql.connected',
      summary: 'There is a connection.',
      test(script) {
        const connected = connectionOf(script) !== null;
        if (connected) script.clearError();
        else tell(script, new Trouble('connection', 'there is no connection'));
        return connected;
      },
    }),
  ],
};
