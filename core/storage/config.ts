/** The `storage:` part of the configuration. */
import { type Static, Type } from '../runtime/index.ts';

export const StorageConfigSchema = Type.Object(
  { path: Type.String({ default: './var', description: 'Folder of everything that the server writes.' }) },
  { additionalProperties: false, default: {} },
);
export type StorageConfig = Static<typeof StorageConfigSchema>;
