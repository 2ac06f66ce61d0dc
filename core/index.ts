/** The public face of the engine, for modules and embedders. */
export * from './call/index.ts';
export { exitCode, readOptions } from './commands/command.ts';
export { readSemsConfig, readYaml } from './config/index.ts';
export * from './di/index.ts';
export * from './dsm.ts';
export type { HttpClient, HttpClientReply, HttpClientRequest } from './http/index.ts';
export * from './media/index.ts';
export * from './module.ts';
export * from './runtime/index.ts';
export * from './sdp/index.ts';
export type { SimulatedServer, SimulatedServerOptions } from './simulation-types.ts';
export {
  createDigestServer,
  createSipStack,
  type Dialog,
  type DialogEvent,
  type DigestServer,
  findBody,
  type HeaderLine,
  type NameAddress,
  type OutboundIdentity,
  parseNameAddress,
  parseUri,
  printUri,
  type RegisterOptions,
  type Registration,
  type RegistrationStatus,
  type RequestOutcome,
  type ResponseOptions,
  type ServerSubscription,
  type SipBody,
  type SipConfig,
  SipConfigSchema,
  type SipRequest,
  type SipResponse,
  type SipStack,
  type SipUri,
  type Subscription,
} from './sip/index.ts';
export {
  quotedName,
  type SqlDatabase,
  type SqlDialect,
  type SqlOutcome,
  type SqlRow,
  type SqlValue,
  upsertSql,
} from './storage/index.ts';
