import { basename, dirname, join, resolve } from 'node:path';
import { describeNotCarried, importSems, readSemsConfig, type SemsConfig, type SemsFolder } from '../config/index.ts';
import { checkServerConfig, knownModules, loadServerConfig } from '../main.ts';
import { plannedModules } from '../planned.ts';
import { asCodedError, CodedError, type Files, realSeams, type Seams, silentLog } from '../runtime/index.ts';
import { type Command, exitCode, readOptions } from './command.ts';

const usage = `callbus import-sems FOLDER [--out FILE] [--force] [--json]

Reads the configuration of SEMS (FOLDER/sems.conf, app_mapping.conf and the file of every module), writes
it as ours to FILE (default: callbus.yaml), checks it, and lists every key that is not carried, with the
reason. FOLDER is the one that holds sems.conf, for example /etc/sems. A FILE that exists is kept unless
--force is given; --out - prints it instead.
`;

/** Files of the module folder that are no module's. */
const mappingFile = 'app_mapping.conf';
const maxFileBytes = 1_000_000;
const maxFiles = 200;

export const importSemsCommand: Command = {
  name: 'import-sems',
  summary: 'Makes our configuration from that of SEMS.',
  usage,
  async run(args, io) {
    const options = readOptions(args, { values: ['out'], flags: ['force', 'json'] });
    const wrong = (fault: string): number => {
      io.stderr(`callbus import-sems: ${fault}\n\n${usage}`);
      return exitCode.usage;
    };
    if ('fault' in options) return wrong(options.fault);
    const { values, flags, rest } = options;
    const [folder] = rest;
    if (folder === undefined || rest.length > 1) return wrong('name the folder that holds sems.conf');
    const out = values.get('out') ?? 'callbus.yaml';
    const seams = realSeams({ log: silentLog });
    try {
      const { files } = seams;
      if (out !== '-' && !flags.has('force') && (await files.stat(out)) !== null)
        return wrong(`${out} exists: choose another --out, or overwrite it with --force`);
      const { media } = await loadServerConfig({});
      const { yaml, notCarried, notes } = importSems(await readFolder(folder, files), {
        modules: new Map(knownModules.map(({ name, config }) => [name, config])),
        planned: plannedModules,
        codecs: media.codecs,
      });
      const faults = await faultsOf(yaml, seams);
      if (out === '-' && !flags.has('json')) io.stdout(yaml);
      else if (out !== '-') await files.write(out, new TextEncoder().encode(yaml), { secret: true });
      if (flags.has('json')) io.stdout(`${JSON.stringify({ out, notCarried, notes, faults })}\n`);
      else {
        const tell = out === '-' ? io.stderr : io.stdout;
        for (const note of notes) tell(`note: ${note}\n`);
        for (const each of notCarried) tell(`not carried: ${describeNotCarried(each)}\n`);
        for (const fault of faults) tell(`to mend by hand: ${fault}\n`);
        if (out !== '-') tell(`\n${out} is written; start with it: callbus serve --config ${out}\n`);
      }
      return faults.length === 0 ? exitCode.ok : exitCode.failed;
    } catch (fault) {
      io.stderr(`callbus import-sems: ${asCodedError(fault, 'config.invalid').message}\n`);
      return exitCode.failed;
    }
  },
};

/** What --check-config would say. */
async function faultsOf(yaml: string, seams: Seams): Promise<readonly string[]> {
  try {
    await checkServerConfig(await loadServerConfig({ text: yaml, file: 'callbus.yaml' }), seams);
    return [];
  } catch (fault) {
    return asCodedError(fault, 'config.invalid').detail.split('\n');
  }
}

/** @throws CodedError `file.missing`, `config.invalid` with a line for each fault. */
async function readFolder(folder: string, files: Files): Promise<SemsFolder> {
  const mainFile = join(folder, 'sems.conf');
  const main = await readConfig(mainFile, [join(folder, 'etc'), folder], files);
  const moduleFolder = await moduleFolderOf(folder, main, files);
  const names = [...new Set([...(await files.list(moduleFolder)), ...(await files.list(folder))])];
  const modules = new Map<string, SemsConfig>();
  for (const name of names.filter((each) => each.endsWith('.conf')).slice(0, maxFiles)) {
    if (name === 'sems.conf' || name === mappingFile || name.endsWith('.sbcprofile.conf')) continue;
    const file = (await files.stat(join(moduleFolder, name))) === null ? join(folder, name) : join(moduleFolder, name);
    modules.set(basename(name, '.conf'), await readConfig(file, [moduleFolder, folder], files));
  }
  for (const place of [moduleFolder, folder]) {
    if ((await files.stat(join(place, mappingFile))) === null) continue;
    const lines = (await readText(join(place, mappingFile), files)).split(/\r?\n/);
    return {
      main,
      modules,
      mapping: lines.map((line) => line.trim()).filter((line) => line !== '' && line[0] !== '#'),
    };
  }
  return { main, modules, mapping: null };
}

/** `plugin_config_path` where it exists on this machine; else `etc` beside sems.conf, else that folder itself. */
async function moduleFolderOf(folder: string, { entries }: SemsConfig, files: Files): Promise<string> {
  const configured = entries.get('plugin_config_path')?.value;
  for (const candidate of [configured, join(folder, 'etc')])
    if (candidate !== undefined && (await files.stat(candidate))?.isDirectory === true) return candidate;
  return folder;
}

/** Included files are looked for in each of `folders`; SEMS knows the first only. */
async function readConfig(file: string, folders: readonly string[], files: Files): Promise<SemsConfig> {
  const include = async (name: string): Promise<string> => {
    for (const folder of folders) {
      const path = resolve(folder, name);
      if ((await files.stat(path)) !== null) return readText(path, files);
    }
    throw new CodedError('file.missing', folders.map((folder) => resolve(folder, name)).join(', '));
  };
  return readSemsConfig(await readText(file, files), { file: join(basename(dirname(file)), basename(file)), include });
}

async function readText(path: string, files: Files): Promise<string> {
  const bytes = await files.read(path, { limitBytes: maxFileBytes });
  if (bytes.includes(0)) throw new CodedError('config.invalid', `${path}: this is no text`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes); // files of that age
  }
}
