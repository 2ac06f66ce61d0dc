/** The `media:` configuration as it is when nothing is set, for tests that make a pool themselves. */
import { type MediaConfig, MediaConfigSchema } from '../../core/media/index.ts';

const defaults = Object.fromEntries(
  Object.entries(MediaConfigSchema.properties).map(([key, schema]) => [
    key,
    'default' in schema ? schema.default : undefined,
  ]),
) as unknown as MediaConfig;

export function mediaConfig(values: Partial<MediaConfig>): MediaConfig {
  return { ...defaults, ...values };
}
