/** Modules from outside: what `plugins:` of the configuration names. */
import { dirname, isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pluginsOf } from './config/index.ts';
import type { ModuleDefinition } from './module.ts';
import { CodedError, realFiles } from './runtime/index.ts';

/** @throws CodedError `file.missing`, `config.invalid`. */
export async function readConfigText(file: string): Promise<string> {
  const bytes = await realFiles().read(file, { limitBytes: 1_000_000 });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (fault) {
    throw new CodedError('config.invalid', `${file}: this is not UTF-8 text`, { cause: fault });
  }
}

/** Modules of the `plugins:` of a configuration file and of the environment. @throws CodedError as `loadServerConfig`. */
export async function pluginModules(
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly ModuleDefinition[]> {
  const text = file === undefined ? '' : await readConfigText(file);
  return importPlugins(pluginsOf(text, environment).map((plugin) => pluginPath(plugin, file)));
}

/** Paths of `plugins:` are relative to the configuration file; anything else is the name of a package. */
export function pluginPath(plugin: string, file: string | undefined): string {
  if (!plugin.startsWith('.') && !isAbsolute(plugin)) return plugin;
  return resolve(file === undefined ? '.' : dirname(file), plugin);
}

/** The modules that `plugins:` names: each file's default export. */
export async function importPlugins(plugins: readonly string[]): Promise<ModuleDefinition[]> {
  return Promise.all(
    plugins.map(async (plugin) => {
      const target = isAbsolute(plugin) ? pathToFileURL(plugin).href : plugin;
      try {
        const { default: definition } = (await import(target)) as { default?: ModuleDefinition };
        if (typeof definition?.name === 'string' && typeof definition.start === 'function') return definition;
      } catch (fault) {
        throw new CodedError(
          'config.invalid',
          `plugins: ${plugin}: ${fault instanceof Error ? fault.message : String(fault)}`,
          { cause: fault },
        );
      }
      throw new CodedError('config.invalid', `plugins: ${plugin}: its default export is not a module (defineModule)`);
    }),
  );
}
