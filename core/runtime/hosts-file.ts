/** The machine's hosts file, read again when it has changed. */
import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Clock } from './clock.ts';

const path = process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts';
/** How long the file is believed before a look at its date. */
const checkMs = 5000;
/** A larger file is a block list, not somebody's hosts. */
const maxBytes = 1_000_000;

export class HostsFile {
  readonly #clock: Clock;
  #names: ReadonlyMap<string, readonly string[]> = new Map();
  #changedMs = -1;
  #checkedMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Addresses of `host`, none when it is not listed. A missing file has no names. */
  async addresses(host: string): Promise<readonly string[]> {
    if (this.#clock.nowMs() - this.#checkedMs > checkMs) await this.#refresh();
    return this.#names.get(host.toLowerCase()) ?? [];
  }

  async #refresh(): Promise<void> {
    this.#checkedMs = this.#clock.nowMs();
    try {
      const { mtimeMs, size } = await stat(path);
      if (mtimeMs === this.#changedMs) return;
      this.#names = size > maxBytes ? new Map() : parseHosts(await readFile(path, 'utf8'));
      this.#changedMs = mtimeMs;
    } catch {
      this.#names = new Map();
      this.#changedMs = -1;
    }
  }
}

/** `address name alias… # comment`, a line each (hosts(5)). */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [address = '', ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const alias of aliases) {
      const name = alias.toLowerCase();
      const known = names.get(name);
      if (known === undefined) names.set(name, [address]);
      else if (!known.includes(address)) known.push(address);
    }
  }
  return names;
}
