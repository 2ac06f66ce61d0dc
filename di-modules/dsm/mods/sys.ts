import { dirname } from 'node:path';
import {
  CodedError,
  type DsmAction,
  DsmException,
  type DsmModule,
  type DsmScript,
  runProcess,
  secureToken,
} from '../../../core/index.ts';
import { parseUnsigned } from '../engine/index.ts';
import { writableFault } from './folders.ts';
import { action, condition } from './rows.ts';
import { serverOf } from './server.ts';

const errno = ['file'];

/** Runs it where every path may be changed; what fails is `$errno` `file`. */
async function changing(script: DsmScript, paths: readonly string[], run: () => Promise<void>): Promise<undefined> {
  const refused = paths.map((path) => writableFault(script, path)).find((fault) => fault !== null) ?? null;
  if (refused !== null) {
    script.setError('file', refused);
    script.log.warn('DSM: a script may not change that file', { fault: refused });
    return;
  }
  try {
    await run();
    script.clearError();
  } catch (fault) {
    if (!(fault instanceof CodedError)) throw fault;
    script.setError('file', fault.message);
  }
}

const fail = (text: string): never => {
  throw new CodedError('file.failed', text);
};

async function makeOne(script: DsmScript, path: string): Promise<void> {
  const { files } = serverOf(script);
  if ((await files.stat(path)) !== null) fail(`${path} exists`);
  if ((await files.stat(dirname(path)))?.isDirectory !== true) fail(`${dirname(path)} is no folder`);
  await files.makeDirectory(path);
}

/** Of an array, `$name_0`, `$name_1`, …, that is deleted. */
const maxFiles = 10_000;

const fileActions: readonly DsmAction[] = [
  action.one('folder')({
    name: 'sys.mkdir',
    summary: 'Makes a folder.',
    errno,
    run: (script, path) => changing(script, [path], () => makeOne(script, path)),
  }),
  action.one('folder')({
    name: 'sys.mkdirRecursive',
    summary: 'Makes a folder and those that it is in.',
    errno,
    run: (script, path) => changing(script, [path], () => serverOf(script).files.makeDirectory(path)),
  }),
  action.twoMaybe(
    'from',
    'to',
  )({
    name: 'sys.rename',
    summary: 'Gives a file another name, also on another disk.',
    errno,
    run: (script, from, to) => changing(script, [from, to], () => serverOf(script).files.rename(from, to)),
  }),
  action.one('file')({
    name: 'sys.unlink',
    summary: 'Deletes a file; an empty name: nothing.',
    errno,
    run: (script, path) =>
      path === '' ? undefined : changing(script, [path], () => serverOf(script).files.remove(path)),
  }),
  action.twoMaybe(
    'name:RN',
    'folder',
  )({
    name: 'sys.unlinkArray',
    summary: 'Deletes folder/$name_0 … folder/$name_<n-1>, n being $name_size.',
    errno: ['arg', 'file'],
    async run(script, name, folder) {
      const count = parseUnsigned(script.variables.get(`${name}_size`) || 'none');
      if (count === null || count > maxFiles) {
        script.setError('arg', `sys.unlinkArray: ${name}_size is no number of files`);
        return undefined;
      }
      const paths = Array.from({ length: count }, (_, i) => script.variables.get(`${name}_${i}`))
        .filter((file) => file !== '')
        .map((file) => `${folder}/${file}`);
      return changing(script, paths, async () => {
        for (const path of paths) await serverOf(script).files.remove(path);
      });
    },
  }),
  action.one('dst:RN')({
    name: 'sys.tmpnam',
    summary: 'The name of a new, empty file in the data folder.',
    errno,
    run(script, dst) {
      const { dataPath, random, files } = serverOf(script);
      const path = `${dataPath}/tmp/${secureToken(random, 8)}`;
      script.variables.set(dst, path);
      return changing(script, [path], () => files.write(path, new Uint8Array(0)));
    },
  }),
];

/** Of a command's output. */
const outputBytes = 1 << 20;

/** @throws CodedError `process.*`; DsmException `popen` where the operator allows no commands. */
async function runCommand(script: DsmScript, command: string) {
  const { processes, clock, config } = serverOf(script);
  if (!config.allow_commands)
    throw new DsmException('popen', { cause: 'commands are not allowed: see dsm.allow_commands' });
  return runProcess(
    { program: '/bin/sh', args: ['-c', command] },
    {
      processes,
      clock,
      limitMs: config.command_timeout_s * 1000,
      limitBytes: outputBytes,
      signal: script.signal,
    },
  );
}

const commandActions: readonly DsmAction[] = [
  action.assign(
    'dst:N',
    'command',
  )({
    name: 'sys.popen',
    summary:
      'Runs a command (if dsm.allow_commands); its output, and $dst.status as wait(2) has it. Other calls go on.',
    throws: ['popen', 'pclose'],
    async run(script, dst, command) {
      try {
        const { output, status, signal } = await runCommand(script, command);
        script.variables.set(dst, Buffer.from(output).toString('utf8'));
        script.variables.set(`${dst}.status`, String(status === null ? (signal ?? 0) : status << 8));
      } catch (fault) {
        if (!(fault instanceof CodedError)) throw fault;
        throw new DsmException(fault.code === 'process.limit' ? 'pclose' : 'popen', { cause: fault.message });
      }
      return undefined;
    },
  }),
];

const microseconds = ({ variables }: DsmScript, name: string): number =>
  (parseUnsigned(variables.get(`${name}.tv_sec`)) ?? 0) * 1_000_000 +
  (parseUnsigned(variables.get(`${name}.tv_usec`)) ?? 0);

const timeActions: readonly DsmAction[] = [
  action.one('dst:RN')({
    name: 'sys.getTimestamp',
    summary: 'Now, in dst.tv_sec and dst.tv_usec.',
    run(script, dst) {
      const micros = Math.round(serverOf(script).clock.unixMs() * 1000);
      script.variables.set(`${dst}.tv_sec`, String(Math.floor(micros / 1_000_000)));
      script.variables.set(`${dst}.tv_usec`, String(micros % 1_000_000));
      return undefined;
    },
  }),
  action.two(
    't1:RN',
    't2:RN',
  )({
    name: 'sys.subTimestamp',
    summary: 't1 becomes t1 - t2, in t1.tv_sec, t1.tv_usec and t1.msec.',
    run(script, t1, t2) {
      const difference = microseconds(script, t1) - microseconds(script, t2);
      const seconds = Math.floor(difference / 1_000_000);
      script.variables.set(`${t1}.tv_sec`, String(seconds));
      script.variables.set(`${t1}.tv_usec`, String(difference - seconds * 1_000_000));
      script.variables.set(`${t1}.msec`, String(Math.trunc(difference / 1000)));
      return undefined;
    },
  }),
];

/** Looking is allowed anywhere, as playing is. */
async function exists(script: DsmScript, path: string): Promise<boolean> {
  try {
    return path !== '' && (await serverOf(script).files.stat(path)) !== null;
  } catch {
    return false; // a name that no file can have
  }
}

/** Files, commands, time (reference/dsm 5.4). */
export const modSys: DsmModule = {
  name: 'mod_sys',
  summary: 'Files, commands, time.',
  actions: [...fileActions, ...commandActions, ...timeActions],
  conditions: [
    condition.one('path')({ name: 'sys.file_exists', summary: 'There is such a file or folder.', test: exists }),
    condition.one('path')({
      name: 'sys.file_not_exists',
      summary: 'There is no such file or folder.',
      test: async (script, path) => !(await exists(script, path)),
    }),
    condition.one('command')({
      name: 'sys.system',
      summary: 'The command ends with status 0 (if dsm.allow_commands).',
      async test(script, command) {
        try {
          const { status } = await runCommand(script, command);
          if (status !== 0 && status !== 1) script.log.warn('DSM: sys.system: the command failed', { status });
          return status === 0;
        } catch (fault) {
          script.log.error('DSM: sys.system: the command could not be run', { fault: String(fault) });
          return false;
        }
      },
    }),
  ],
};
