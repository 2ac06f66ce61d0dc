import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let root: string | null = null;

/**
 * The folder of Callbus itself: the nearest one above this file whose package.json is named
 * `callbus`. The same from source and from `dist/`. Looked up once, at the start.
 */
export function packageRoot(): string {
  root ??= findRoot(dirname(fileURLToPath(import.meta.url)));
  return root;
}

/** Absolute path of a file that comes with Callbus: `packageFile('di-modules/conference/prompts/join.wav')`. */
export function packageFile(path: string): string {
  return join(packageRoot(), path);
}

function findRoot(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (existsSync(path)) {
      const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
      if (typeof manifest === 'object' && manifest !== null && 'name' in manifest && manifest.name === 'callbus') {
        return folder;
      }
    }
    if (dirname(folder) === folder) throw new Error(`no package.json of callbus above ${start}`);
  }
}
