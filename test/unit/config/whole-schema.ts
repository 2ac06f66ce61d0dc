import Type, { type TSchema } from 'typebox';
import { CallsConfigSchema, DialConfigSchema, RoutingConfigSchema } from '../../../core/call/config.ts';
import { joinSchema, loadConfig } from '../../../core/config/index.ts';
import { DrainSchema, LogConfigSchema, PluginsSchema } from '../../../core/config.ts';
import { MediaConfigSchema } from '../../../core/media/config.ts';
import { CodedError } from '../../../core/runtime/index.ts';
import { SipConfigSchema } from '../../../core/sip/config.ts';
import { StorageConfigSchema } from '../../../core/storage/config.ts';
import { RpcConfigSchema } from '../../../rpc/config.ts';

/** The schema of the real layers with two modules of the test's own. */
export const wholeSchema: TSchema = joinSchema({
  fragments: {
    sip: SipConfigSchema,
    media: MediaConfigSchema,
    rpc: RpcConfigSchema,
    calls: CallsConfigSchema,
    dial: DialConfigSchema,
    routing: RoutingConfigSchema,
    storage: StorageConfigSchema,
    log: LogConfigSchema,
    drainMs: DrainSchema,
    plugins: PluginsSchema,
  },
  modules: {
    echo: Type.Object({}, { additionalProperties: false, default: {} }),
    di_dial: Type.Object(
      {
        retries: Type.Integer({ default: 3, minimum: 0, description: 'How often.' }),
        password: Type.Optional(Type.Unsafe<string>({ type: 'string', 'x-secret': true })),
      },
      { additionalProperties: false, default: {} },
    ),
    phone: Type.Object({ name: Type.String({ default: 'lab' }) }, { additionalProperties: false, default: {} }),
  },
  defaultModules: ['echo', 'di_dial'],
});

/** Loads with `text` named callbus.yaml; the shape is checked by each test. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at single values of a dynamic configuration
export function load(text = '', environment: Record<string, string> = {}, schema = wholeSchema): any {
  return loadConfig({ schema, text, file: 'callbus.yaml', environment });
}

/** The lines of the refusal. */
export function faultsOf(text = '', environment: Record<string, string> = {}, schema = wholeSchema): string[] {
  try {
    load(text, environment, schema);
  } catch (fault) {
    if (fault instanceof CodedError) return fault.detail.split('\n');
    throw fault;
  }
  return [];
}
