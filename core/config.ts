/** The parts of the configuration that belong to no layer; `main.ts` joins all fragments. */
import { type Static, Type } from './runtime/index.ts';

const levels = [Type.Literal('error'), Type.Literal('warn'), Type.Literal('info'), Type.Literal('debug')] as const;

export const LogConfigSchema = Type.Object(
  {
    level: Type.Union([...levels], { default: 'info' }),
    levels: Type.Record(Type.String(), Type.Union([...levels]), {
      default: {},
      description: 'Levels of components: sip, call, media, rpc, http, jsonrpc, or the name of a module.',
    }),
    stories: Type.Object(
      {
        calls: Type.Integer({ minimum: 0, maximum: 100_000, default: 500, description: 'Calls to keep; 0: none.' }),
        lines: Type.Integer({ minimum: 10, maximum: 10_000, default: 200, description: 'Lines of one call.' }),
      },
      { additionalProperties: false, default: {}, description: 'The stories of calls that `callbus log` tells.' },
    ),
    format: Type.Union([Type.Literal('auto'), Type.Literal('text'), Type.Literal('json')], {
      default: 'auto',
      description: 'auto: text on a terminal, JSON lines else. Logs go to stderr.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type LogConfig = Static<typeof LogConfigSchema>;

export const DrainSchema = Type.Integer({
  minimum: 0,
  default: 30000,
  description: 'At SIGTERM: how long calls may go on before they get a BYE, ms.',
});

export const PluginsSchema = Type.Array(Type.String(), {
  default: [],
  description: 'Modules from outside: paths or package names of files whose default export is a module.',
});

/** Loaded without a configuration (design, section 7). */
export const defaultModules = [
  'echo',
  'announcement',
  'conference',
  'webconference',
  'monitoring',
  'di_dial',
  'click_to_dial',
  'b2bua',
];
