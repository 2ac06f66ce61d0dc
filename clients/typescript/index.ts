/** The TypeScript client: JSON-RPC over HTTP and over WebSocket, with events. No dependency. */
export type { Events, Methods } from './contract.ts';
export { ConnectionFailed, RpcError } from './errors.ts';
export { typeOf, typesFromOpenRpc } from './generate-types.ts';
export { type HttpClientOptions, httpClient } from './http-client.ts';
export type { EventGap, JsonObject, JsonValue, ServerEvent } from './json-rpc.ts';
export type { AnyEvents, AnyMethods, BatchCall, BatchOutcome, Caller, CallOptions, MethodMap } from './methods.ts';
export {
  type EventFilter,
  type EventOf,
  type Reconnect,
  type SocketClient,
  type SocketClientOptions,
  type SubscribeOptions,
  type Subscription,
  socketClient,
} from './socket-client.ts';
export type { SocketLike } from './socket-wire.ts';
