/** Password hashes of `rpc.users`: `scrypt:<N>:<r>:<p>:<salt>:<hash>`, salt and hash in base64url. */
import { scrypt, timingSafeEqual } from 'node:crypto';
import type { Random } from '../core/runtime/index.ts';

interface Parameters {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallel: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

const hashBytes = 32;

/** A hash for the configuration (`callbus token hash`). */
export async function hashPassword(password: string, random: Random): Promise<string> {
  const salt = random.secure(16);
  const hash = await derive(password, {
    cost: 16384,
    blockSize: 8,
    parallel: 1,
    salt,
    hash: new Uint8Array(hashBytes),
  });
  return ['scrypt', 16384, 8, 1, text(salt), text(hash)].join(':');
}

/** False also for a hash that cannot be read. Compares in constant time. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const parameters = parseHash(stored);
  if (parameters === null) return false;
  return timingSafeEqual(await derive(password, parameters), parameters.hash);
}

/** Null when `stored` is not a hash of this form, or asks for more than 64 MB. */
export function parseHash(stored: string): Parameters | null {
  const match = /^scrypt:(\d{1,6}):(\d{1,2}):(\d{1,2}):([\w-]+):([\w-]+)$/.exec(stored);
  if (match === null) return null;
  const [, cost = '', blockSize = '', parallel = '', salt = '', hash = ''] = match;
  const parameters = {
    cost: Number(cost),
    blockSize: Number(blockSize),
    parallel: Number(parallel),
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  };
  const isPower = parameters.cost > 1 && (parameters.cost & (parameters.cost - 1)) === 0;
  const fits = 128 * parameters.cost * parameters.blockSize <= 64_000_000 && parameters.parallel >= 1;
  return isPower && fits && parameters.blockSize >= 1 && parameters.hash.length >= 16 ? parameters : null;
}

function derive(password: string, { cost, blockSize, parallel, salt, hash }: Parameters): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { N: cost, r: blockSize, p: parallel, maxmem: 128_000_000 };
    scrypt(password, salt, hash.length, options, (fault, key) => (fault === null ? resolve(key) : reject(fault)));
  });
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
