import { encodeWav } from '../../core/media/index.ts';
import { tone } from '../support/tones.ts';
import { type World, type WorldOptions, world } from '../support/world.ts';

export const scriptFolder = '/scripts/';

export interface DsmWorldOptions extends WorldOptions {
  /** Keys of `modules.dsm` besides those for `scripts`. */
  readonly dsm?: { readonly [key: string]: unknown };
}

/** A world whose server runs these scripts (name → text); the first serves every call. */
export function dsmWorld(
  scripts: { readonly [name: string]: string },
  { dsm = {}, config = {}, files = {}, ...options }: DsmWorldOptions = {},
): Promise<World> {
  const names = Object.keys(scripts);
  const [first = 'main'] = names;
  const texts = names.map((name) => [`${scriptFolder}${name}.dsm`, Buffer.from(scripts[name] ?? '')] as const);
  return world({
    ...options,
    files: { ...Object.fromEntries(texts), ...files },
    config: {
      ...config,
      modules: {
        monitoring: {},
        ...(config['modules'] as object | undefined),
        dsm: { diag_path: scriptFolder, load_diags: names, register_apps: names, ...dsm },
      },
      routing: config['routing'] ?? [{ application: first }],
    },
  });
}

/** State that the newest script is in: `diagram/state`. */
export async function placeOf(w: World): Promise<string> {
  const sessions = (await w.invoke('dsm.sessions')) as readonly { readonly diagram: string; readonly state: string }[];
  const last = sessions.at(-1);
  return last === undefined ? '' : `${last.diagram}/${last.state}`;
}

/** A variable of the newest script. */
export async function variableOf(w: World, name: string): Promise<string> {
  const sessions = (await w.invoke('dsm.sessions')) as readonly { readonly call: string }[];
  const variables = (await w.invoke('dsm.variables', sessions.at(-1)?.call ?? '')) as {
    readonly [key: string]: string;
  };
  return variables[name] ?? '';
}

/** A WAV file with a tone. */
export async function toneFile(frequencyHz: number, lengthMs: number): Promise<Uint8Array> {
  const { samples } = tone(frequencyHz);
  const all = new Int16Array(lengthMs * 8);
  for (let i = 0; i < all.length; i++) all[i] = samples[i % samples.length] ?? 0;
  return encodeWav({ sampleRateHz: 8000, samples: all });
}
