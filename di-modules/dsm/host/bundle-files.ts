/** Bundles of `conf_dir`: `name.conf` in SEMS's syntax, `name.yaml` as YAML (reference/dsm 6.2). */
import { CodedError, type Files, readSemsConfig, readYaml } from '../../../core/index.ts';
import { scriptText } from '../language/index.ts';
import { type ConfigKeys, keysOf } from './settings.ts';

const maxConfigBytes = 1_000_000;
const extension = /\.(?:conf|ya?ml)$/;

/** Files of bundles in a folder, in order of their names; none when there is no such folder. */
export async function bundleFiles(files: Files, folder: string): Promise<readonly string[]> {
  return (await files.list(folder)).filter((name) => extension.test(name) && !name.startsWith('.'));
}

/** "Name = file name without the last five characters", or without its extension. */
export function bundleName(file: string): string {
  const name = file.replace(/^.*\//, '');
  return extension.test(name) ? name.replace(extension, '') : name.slice(0, -5);
}

/** @throws CodedError `file.*`, `config.invalid` with file and line. */
export async function readBundleKeys(files: Files, path: string): Promise<ConfigKeys> {
  const text = await readTextFile(files, path, maxConfigBytes);
  if (/\.ya?ml$/.test(path)) return yamlKeys(text, path);
  const folder = path.replace(/[^/]*$/, '');
  const { entries } = await readSemsConfig(text, {
    file: path,
    // A name inside the folder of the file that includes it.
    include: (name) => readTextFile(files, name.startsWith('/') ? name : `${folder}${name}`, maxConfigBytes),
  });
  return Object.fromEntries([...entries].map(([key, { value }]) => [key, value]));
}

function yamlKeys(text: string, path: string): ConfigKeys {
  const { value, faults } = readYaml(text);
  const [fault] = faults;
  if (fault !== undefined)
    throw new CodedError('config.invalid', `${path}:${fault.line}:${fault.column}: ${fault.text}`);
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw new CodedError('config.invalid', `${path}: expected keys and values`);
  try {
    return keysOf(value as { readonly [key: string]: unknown });
  } catch (fault) {
    throw fault instanceof CodedError ? new CodedError(fault.code, `${path}: ${fault.detail}`) : fault;
  }
}

/** @throws CodedError `file.*`. */
export async function readTextFile(files: Files, path: string, limitBytes: number): Promise<string> {
  const bytes = await files.read(path, { limitBytes });
  return scriptText(bytes);
}
