/** The parts of the configuration that belong to no layer; `main.ts` joins all fragments. */
import { type Static, Type } from './runtime/index.ts';

export const LogConfigSchema = Type.Object(
  {
    level: Type.Union([Type.Literal('error'), Type.Literal('warn'), Type.Literal('info'), Type.Literal('debug')], {
      default: 'info',
    }),
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
