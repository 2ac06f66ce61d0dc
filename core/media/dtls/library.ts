/** What we use of werift: out of the bundle that the build makes (`bundle.ts`), from source out of the package. */
import type * as Werift from 'werift';

export type DtlsClient = Werift.DtlsClient;
export type DtlsServer = Werift.DtlsServer;

type Library = Pick<typeof Werift, 'DtlsClient' | 'DtlsServer' | 'HashAlgorithm' | 'SignatureAlgorithm'>;

const bundle = new URL('./werift-dtls.js', import.meta.url).href;

async function load(): Promise<Library> {
  try {
    // The build made it of the package: it has the package's types.
    return (await import(bundle)) as Library;
  } catch (fault) {
    const isThere = !(fault instanceof Error && 'code' in fault && fault.code === 'ERR_MODULE_NOT_FOUND');
    if (isThere) throw fault;
    return import('werift');
  }
}

export const { DtlsClient, DtlsServer, HashAlgorithm, SignatureAlgorithm } = await load();
