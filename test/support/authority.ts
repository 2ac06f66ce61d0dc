/** A certificate authority of a test, made by openssl in a folder of its own. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export class Authority {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Authority> {
    const made = new Authority(await mkdtemp(join(tmpdir(), 'callbus-tls-')));
    const subject = ['-subj', '/CN=Test CA', '-days', '2', '-keyout', made.file('ca.key'), '-out', made.file('ca.crt')];
    await run('openssl', ['req', '-x509', ...newKey, ...subject]);
    return made;
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Makes `name.key` and `name.crt` for the subject alternative names, as openssl writes them: `URI:sip:…,IP:…`. */
  async sign(name: string, names: string): Promise<void> {
    const [key, request, certificate] = [this.file(`${name}.key`), this.file(`${name}.csr`), this.file(`${name}.crt`)];
    await run('openssl', ['req', '-new', ...newKey, '-subj', `/CN=${name}`, '-keyout', key, '-out', request]);
    await writeFile(this.file(`${name}.ext`), `subjectAltName=${names}\n`);
    const ca = ['-CA', this.file('ca.crt'), '-CAkey', this.file('ca.key'), '-CAcreateserial'];
    const files = ['-extfile', this.file(`${name}.ext`), '-out', certificate];
    await run('openssl', ['x509', '-req', '-in', request, '-days', '2', ...ca, ...files]);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
