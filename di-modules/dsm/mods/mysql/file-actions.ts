/** Actions of mod_mysql that move files between database, disk and playlist (reference/dsm 5.8). */
import { CodedError, type DsmAction, DsmException, type DsmScript } from '../../../../core/index.ts';
import { audioCache } from '../audio-cache.ts';
import { writableFault } from '../folders.ts';
import { action } from '../rows.ts';
import { callOf, serverOf } from '../server.ts';
import { connectionNeeded, executePlain, readBytes } from './connection.ts';
import { binaryLiteral } from './escape.ts';
import { substituted } from './substitute.ts';
import { attempt, Trouble } from './trouble.ts';

const maxFileBytes = 32 << 20;

export const fileActions: readonly DsmAction[] = [
  playing('mysql.playDBAudio', 'Plays audio from the first column of the first row.', {}),
  playing('mysql.playDBAudioLooped', 'Plays audio from a database over and over.', { loop: true }),
  playing('mysql.playDBAudioFront', 'Plays audio from a database at once.', { where: 'front' }),
  action.twoMaybe(
    'query:L',
    'path',
  )({
    name: 'mysql.getFileFromDB',
    summary: 'Writes the first column of the first row to a file.',
    errno: ['connection', 'query', 'result', 'file'],
    run: (script, query, path) =>
      attempt(script, async () => {
        const fault = path === '' ? 'the file has no name' : writableFault(script, path);
        if (fault !== null) throw new Trouble('file', fault);
        const bytes = await readBytes(script, query);
        await withFile(() => serverOf(script).files.write(path, bytes));
      }),
  }),
  action.twoMaybe(
    'query:L',
    'path',
  )({
    name: 'mysql.putFileToDB',
    summary: "Runs a statement in which __FILE__ (or '__FILE__') is the content of a file.",
    errno: ['arg', 'file', 'connection', 'query'],
    run: (script, query, path) => attempt(script, () => putFile(script, query, path)),
  }),
];

function playing(
  name: string,
  summary: string,
  options: { readonly loop?: true; readonly where?: 'front' },
): DsmAction {
  return action.twoMaybe(
    'query:L',
    'file name:L',
  )({
    name,
    summary: `${summary} The file name tells the format.`,
    errno: ['connection', 'query', 'result', 'file'],
    run: (script, query, fileName) =>
      attempt(script, async () => {
        const { audio } = callOf(script);
        const bytes = await readBytes(script, query);
        const extension = /\.([A-Za-z0-9]{1,8})(\|[^|/]*)?$/.exec(fileName)?.[1] ?? 'wav';
        const path = await withFile(() =>
          audioCache(serverOf(script), 'db-audio').pathOf(bytes, extension, async () => bytes),
        );
        await withFile(() => audio.playFile(path, options));
      }),
  });
}

/** The marker may stand in quotes: the content is a literal of its own. */
async function putFile(script: DsmScript, query: string, path: string): Promise<void> {
  const { database } = connectionNeeded(script);
  const parts = substituted(query, script).split(/'__FILE__'|"__FILE__"|__FILE__/);
  if (parts.length < 2) throw new Trouble('arg', 'there is no __FILE__ in the statement');
  const bytes = await withFile(() => serverOf(script).files.read(path, { limitBytes: maxFileBytes }));
  const literal = binaryLiteral(database.dialect, bytes);
  const { insertId } = await executePlain(script, parts.join(literal));
  script.variables.set('db.rows', '0');
  script.variables.set('db.insert_id', String(insertId ?? 0));
  script.variables.set('db.info', '');
}

async function withFile<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (fault) {
    if (fault instanceof CodedError) throw new Trouble('file', fault.message);
    if (fault instanceof DsmException && fault.type === 'file') throw new Trouble('file', fault.message);
    throw fault;
  }
}
