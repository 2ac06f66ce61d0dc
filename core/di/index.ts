/** The bus: values, rows, registry, validation, call context, scopes, OpenRPC. */
export * from './bus.ts';
export * from './context.ts';
export * from './events.ts';
export * from './row.ts';
export * from './schemas.ts';
export * from './value.ts';
