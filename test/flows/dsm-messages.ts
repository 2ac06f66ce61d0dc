/** The sample `messages.dsm` on any database: a caller hears what is new, and nothing twice. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { packageFile, type SimClock, type SqlDatabase } from '../../core/index.ts';
import { memoryStorage } from '../../core/storage/index.ts';
import { binaryLiteral } from '../../di-modules/dsm/mods/mysql/escape.ts';
import { assertNothingLeft } from '../support/leaks.ts';
import { tone } from '../support/tones.ts';
import { dsmWorld, toneFile } from './dsm-world.ts';

const sample = packageFile('di-modules/dsm/samples/messages.dsm');

const types = {
  sqlite: { key: 'INTEGER PRIMARY KEY', audio: 'BLOB' },
  mysql: { key: 'INTEGER PRIMARY KEY AUTO_INCREMENT', audio: 'LONGBLOB' },
  postgres: { key: 'SERIAL PRIMARY KEY', audio: 'BYTEA' },
} as const;

/** Prompts of the sample by their tones; all are short but for the menu. */
const prompts = { messages_menu: 500, no_messages: 700, unavailable: 300 } as const;
const others = ['messages_hello', 'you_have', 'many', 'new_messages', 'goodbye', 'beep', '2'];

async function promptFiles(): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const [name, hz] of Object.entries(prompts)) files[`/prompts/${name}.wav`] = await toneFile(hz, 4000);
  for (const name of others) files[`/prompts/${name}.wav`] = await toneFile(2000, 100);
  const names = [...Object.keys(prompts), ...others];
  files['/prompts/prompts.conf'] = Buffer.from(names.map((name) => `${name}=${name}.wav\n`).join(''));
  return files;
}

async function fill(database: SqlDatabase): Promise<void> {
  const { key, audio } = types[database.dialect];
  await database.run(`CREATE TABLE messages (id ${key}, userid VARCHAR(100), heard INTEGER DEFAULT 0, audio ${audio})`);
  for (const [user, hz] of [
    ['4711', 900],
    ['4712', 1500],
    ['4711', 1100],
  ] as const) {
    const literal = binaryLiteral(database.dialect, await toneFile(hz, 2000));
    await database.run(`INSERT INTO messages (userid, audio) VALUES ('${user}', ${literal})`);
  }
}

/** Simulated time stands still while the database works. The test closes the database. */
function inSimulatedTime(database: SqlDatabase, clock: () => SimClock): SqlDatabase {
  return {
    dialect: database.dialect,
    run: (sql, values) => clock().track(database.run(sql, values)),
    execute: (sql, values) => clock().track(database.execute(sql, values)),
    bytes: (sql, values) => clock().track(database.bytes(sql, values)),
    close: async () => {},
  };
}

export async function messagesAreHeardOnce(url: string, database: SqlDatabase): Promise<void> {
  await fill(database);
  const opened: string[] = [];
  const script = await readFile(sample, 'utf8');
  const w = await dsmWorld(
    { messages: script },
    {
      files: await promptFiles(),
      dsm: { load_prompts: ['/prompts/prompts.conf'], db_url: url },
      storage: {
        ...memoryStorage(),
        database(place) {
          opened.push(place);
          return inSimulatedTime(database, () => w.clock);
        },
      },
    },
  );
  await w.phone.call('4711');
  await w.phone.hears(tone(prompts.messages_menu), { limitMs: 5000 });
  await w.phone.press('1');
  await w.phone.hears(tone(900), { limitMs: 5000, without: [tone(1500)] });
  await w.phone.hears(tone(1100), { limitMs: 5000, without: [tone(1500)] });
  await w.phone.hears(tone(prompts.no_messages), { limitMs: 5000 });
  await w.phone.current.isHungUp({ limitMs: 10_000 });
  assert.equal(opened.length, 1);
  const left = await database.run('SELECT userid FROM messages WHERE heard = 0');
  assert.deepEqual(left, [{ userid: '4712' }]);
  await w.phone.call('4711');
  await w.phone.hears(tone(prompts.no_messages), { limitMs: 5000 });
  await w.phone.bye();
  await database.run('DROP TABLE messages');
  await w.phone.call('4711');
  await w.phone.hears(tone(prompts.unavailable), { limitMs: 5000 });
  await w.phone.current.isHungUp({ limitMs: 10_000 });
  await assertNothingLeft(w);
}
