/** The functions of the server, asked for when somebody looks at them. */
import { signal } from '@preact/signals';
import { bus, sentenceOf } from '../../bus/index.ts';
import { type Catalogue, catalogueOf } from '../forms/catalogue.ts';

export const catalogue = signal<Catalogue | null>(null);
export const catalogueFault = signal('');

/** Asks once a connection: a server that was updated may have others. The result ends it. */
export function watchCatalogue(): () => void {
  return bus.onOpen(() => {
    bus.call('rpc.discover', []).then(
      (document) => {
        catalogue.value = catalogueOf(document);
        catalogueFault.value = '';
      },
      (fault: unknown) => {
        catalogueFault.value = sentenceOf(fault);
      },
    );
  });
}
