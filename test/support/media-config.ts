/** The `media:` configuration as it is when nothing is set, for tests that make a pool themselves. */
import { type MediaConfig, MediaConfigSchema } from '../../core/media/index.ts';

function defaultOf(schema: object): unknown {
  if ('properties' in schema && typeof schema.properties === 'object' && schema.properties !== null) {
    return Object.fromEntries(Object.entries(schema.properties).map(([key, part]) => [key, defaultOf(part)]));
  }
  return 'default' in schema ? schema.default : undefined;
}

const defaults = defaultOf(MediaConfigSchema) as MediaConfig;

export function mediaConfig(values: Partial<MediaConfig>): MediaConfig {
  return { ...defaults, ...values };
}
