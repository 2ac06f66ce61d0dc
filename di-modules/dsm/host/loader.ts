import { CodedError, type DsmModule, type Files, type Log, type ModuleContext } from '../../../core/index.ts';
import {
  checkConsistency,
  type Diagram,
  type Fault,
  readDiagram,
  scriptFiles,
  type Vocabulary,
} from '../language/index.ts';
import { type Bundle, importedModules } from './bundle.ts';
import { readTextFile } from './bundle-files.ts';
import { type BundleSettings, bundleSettings, type ConfigKeys } from './settings.ts';

export interface LoaderParts {
  /** For modules that are made ready. */
  readonly context: ModuleContext<unknown>;
  readonly files: Files;
  readonly log: Log;
  readonly vocabulary: Vocabulary;
  readonly modules: readonly DsmModule[];
  /** `debug_raw_dsm`. */
  readonly showsText: boolean;
  /** `dsm_consistency_check`: what SEMS warns of, and what its reader passes over; off: only what keeps a script from loading is told. */
  readonly warns: boolean;
  /** Told of each diagram that was read. */
  onLoaded(bundle: string, diagram: string, loaded: boolean, faults: readonly string[]): void;
}

const maxScriptBytes = 4 << 20;

/** Reads diagrams and the bundles that they make. */
export class Loader {
  readonly #parts: LoaderParts;
  readonly #preloaded = new Set<string>();

  constructor(parts: LoaderParts) {
    this.#parts = parts;
  }

  /** A bundle with all that its keys name. @throws CodedError `config.invalid` naming the script's place. */
  async bundle(name: string, keys: ConfigKeys, mode: BundleSettings['mode']): Promise<Bundle> {
    const settings = bundleSettings(keys, mode);
    await this.preload(settings.preloadMods, keys);
    const diagrams = new Map<string, Diagram>();
    for (const diagram of settings.loadDiags)
      diagrams.set(diagram, await this.diagram(name, settings.diagPath, diagram, settings.mode));
    return this.made(name, keys, settings, diagrams);
  }

  made(name: string, keys: ConfigKeys, settings: BundleSettings, diagrams: ReadonlyMap<string, Diagram>): Bundle {
    return { name, keys, settings, diagrams, modules: importedModules(diagrams.values(), this.#parts.modules) };
  }

  /** One diagram. @throws CodedError `config.invalid` with file, line and column of every error. */
  async diagram(bundle: string, folder: string, name: string, mode: BundleSettings['mode']): Promise<Diagram> {
    const { files, log, vocabulary, showsText, warns, onLoaded } = this.#parts;
    const file = `${folder}${name}.dsm`;
    if (showsText) log.info('DSM: text of a script', { file, text: await readTextFile(files, file, maxScriptBytes) });
    const { diagram, faults } = await readDiagram({
      name,
      file,
      folder: folder === '' ? '.' : folder,
      files: scriptFiles(files),
      vocabulary,
      mode,
    });
    const told = [...faults, ...(warns && diagram !== null ? checkConsistency(diagram) : [])].map(faultText);
    onLoaded(bundle, name, diagram !== null, told);
    if (diagram === null) {
      const errors = faults.filter(({ severity }) => severity === 'error').map(faultText);
      throw new CodedError('config.invalid', errors.join('\n'));
    }
    if (warns) for (const text of told) log.warn(`DSM: ${text}`);
    for (const module of importedModules([diagram], this.#parts.modules)) await module.load?.();
    return diagram;
  }

  /** Makes modules ready, each once. @throws CodedError `config.invalid`, or what the module threw. */
  async preload(names: readonly string[], keys: ConfigKeys): Promise<void> {
    for (const name of names) {
      const module = this.#parts.modules.find((each) => each.name === name || each.name === `mod_${name}`);
      if (module === undefined) throw new CodedError('config.invalid', `preload_mods: there is no module ${name}`);
      if (this.#preloaded.has(module.name)) continue;
      await module.preload?.(keys, this.#parts.context);
      this.#preloaded.add(module.name);
    }
  }
}

/** `file:line:column: what (hint)`. */
export function faultText({ position, message, text, hint }: Fault): string {
  const { file, line, column } = position;
  const shown = text === '' ? '' : `: ${JSON.stringify(text)}`;
  return `${file}:${line}:${column}: ${message}${shown}${hint === undefined ? '' : ` (${hint})`}`;
}
