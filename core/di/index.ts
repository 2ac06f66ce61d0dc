/** The bus: values, rows, registry, validation, call context, scopes, OpenRPC. */
export type { AuditEntry } from './audit.ts';
export * from './bus.ts';
export { eventConfinement, mayName } from './confinement.ts';
export * from './context.ts';
export { eventPosition } from './event-log.ts';
export type * from './event-log-types.ts';
export { EventRecord } from './event-record.ts';
export { eventSelector } from './event-selector.ts';
export * from './events.ts';
export { filterMatches, isEventFilter } from './filter.ts';
export { assertFormat, type Formatted } from './format.ts';
export { methodHelp, methodSignature, xmlRpcType } from './introspection.ts';
export { jsonSchema } from './json-schema.ts';
export { type DiKind, diEquals, diKind, isInt32, isStruct, maxDepth, setMember, toDi } from './kinds.ts';
export { masked, maskSecrets } from './mask.ts';
export { type OpenRpcInfo, openRpcDocument } from './openrpc.ts';
export { type MemberOrder, printJson } from './print-json.ts';
export { byteOrder, printDouble, printValue } from './print-value.ts';
export { type BusOptions, createBus } from './registry.ts';
export * from './row.ts';
export * from './schemas.ts';
export {
  expandScopes,
  isRowScope,
  meetScopes,
  parseScope,
  roles,
  type Scope,
  type ScopeAction,
  scopeActions,
  scopeCovers,
} from './scopes.ts';
export { isPositional } from './validation.ts';
export * from './value.ts';
