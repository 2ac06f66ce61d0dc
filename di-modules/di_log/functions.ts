import { basename, dirname, isAbsolute, join } from 'node:path';
import { arg, CodedError, type Files, rowsFor, Type } from '../../core/index.ts';
import type { TextRing } from './ring.ts';

export interface DiLogState {
  readonly ring: TextRing;
  readonly files: Files;
  /** Absolute, without a final slash. */
  readonly directory: string;
}

const { fn, defineFunctions } = rowsFor<DiLogState>();

const One = Type.Tuple([Type.String()]);
// What stands in a log is not for everybody who may read figures.
const scope = 'di_log:control';

const usage = 'dumplog\ndumplogtodisk <path>\n';

/** SEMS's `di_log` (di-interfaces 5.5). */
export const functions = defineFunctions({
  dumplog: fn({
    summary: 'The last messages of the log, oldest first, a line each.',
    params: [],
    result: One,
    scope,
    examples: [{ params: [], result: ['12:30:05.123 info  the server is ready\n\n'] }],
    handler: ({ state }) => [dumpOf(state)],
  }),
  dumplogtodisk: fn({
    summary: 'Writes the same to a file of the configured folder.',
    params: [arg('path', Type.String({ minLength: 1, maxLength: 1024 }), 'A file name, or a path in that folder.')],
    result: One,
    scope,
    examples: [{ params: ['incident.log'], result: ['dumped to disk.\n'] }],
    async handler({ state }, path) {
      const file = fileIn(state.directory, path);
      await state.files.makeDirectory(state.directory);
      await state.files.write(file, Buffer.from(dumpOf(state)));
      return ['dumped to disk.\n'];
    },
  }),
  help: fn({
    summary: 'How to call these functions.',
    params: [],
    result: One,
    scope: 'di_log:read',
    examples: [{ params: [], result: [usage] }],
    handler: () => [usage],
  }),
});

const dumpOf = ({ ring }: DiLogState): string => `${ring.list().join('')}\n`;

/** Paths come from the network: one step into the folder and no further. @throws CodedError `rpc.forbidden`. */
export function fileIn(directory: string, path: string): string {
  const name = basename(path);
  const isPlain = /^[\w][\w.+-]*$/.test(name);
  const isThere = path === name || (isAbsolute(path) && dirname(path) === directory && path.endsWith(`/${name}`));
  if (isPlain && isThere) return join(directory, name);
  throw new CodedError(
    'rpc.forbidden',
    `path: expected a file name; files go to ${directory} (modules.di_log.directory)`,
  );
}
