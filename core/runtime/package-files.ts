import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Package {
  readonly folder: string;
  readonly version: string;
}

let found: Package | null = null;

/**
 * The folder of Callbus itself: the nearest one above this file whose package.json is named
 * `callbus`. The same from source and from `dist/`. Looked up once, at the start.
 */
export function packageRoot(): string {
  return ourPackage().folder;
}

/** The version in package.json. */
export function packageVersion(): string {
  return ourPackage().version;
}

/** Absolute path of a file that comes with Callbus: `packageFile('di-modules/conference/prompts/join.wav')`. */
export function packageFile(path: string): string {
  return join(packageRoot(), path);
}

function ourPackage(): Package {
  found ??= findPackage(dirname(fileURLToPath(import.meta.url)));
  return found;
}

function findPackage(start: string): Package {
  for (let folder = start; ; folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (existsSync(path)) {
      const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
      if (typeof manifest === 'object' && manifest !== null && 'name' in manifest && manifest.name === 'callbus') {
        return { folder, version: 'version' in manifest ? String(manifest.version) : '0' };
      }
    }
    if (dirname(folder) === folder) throw new Error(`no package.json of callbus above ${start}`);
  }
}
