/** The storage seam and its embedded implementations. */
export * from './config.ts';
export { isServerUrl } from './drivers/server-url.ts';
export { memoryStorage } from './memory.ts';
export { openSqliteStorage, type SqliteStorageOptions } from './sqlite-storage.ts';
export * from './types.ts';
export * from './upsert.ts';
