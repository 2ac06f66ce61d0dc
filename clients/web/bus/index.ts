/** The one connection of this page to the bus of the server it came from. */
import { createBus } from './connection.ts';

export { ConnectionFailed, type JsonObject, type JsonValue, RpcError } from '../../typescript/index.ts';
export { sentenceOf } from './connection.ts';
export { scopeCovers } from './scopes.ts';
export type { Bus, BusState, Credentials } from './types.ts';

export const bus = createBus(location.origin);
