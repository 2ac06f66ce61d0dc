import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Where a file of an installed package is (`@scope/name/file.wasm`); null where it is not. For the start only. */
export function findPackageAsset(specifier: string): string | null {
  try {
    return createRequire(import.meta.url).resolve(specifier);
  } catch {
    return null;
  }
}

/** Its bytes; null where it is not there. For the start only: it blocks. */
export function readPackageAsset(specifier: string): Uint8Array | null {
  const path = findPackageAsset(specifier);
  try {
    return path === null ? null : readFileSync(path);
  } catch {
    return null;
  }
}
