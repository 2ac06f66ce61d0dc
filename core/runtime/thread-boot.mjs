/** First file of a worker thread that runs from TypeScript source: makes `.ts` loadable, then loads the entry. */
import { register } from 'tsx/esm/api';

register();
await import(process.argv[2]);
