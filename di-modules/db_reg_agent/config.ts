import { CodedError, type Static, Type } from '../../core/index.ts';

const Flag = (standard: boolean, description: string) => Type.Boolean({ default: standard, description });
const MySql = (description: string) => Type.Optional(Type.String({ description, 'x-secret': true }));

/** `modules.db_reg_agent`: SEMS's keys (`db_reg_agent.conf`), and where the tables are. */
export const DbRegAgentConfigSchema = Type.Object(
  {
    database: Type.Union([Type.Literal('sqlite'), Type.Literal('mysql'), Type.Literal('postgresql')], {
      default: 'sqlite',
      description: 'Only sqlite in this version.',
    }),
    sqlite_file: Type.String({
      default: 'accounts.db',
      description: 'File of the tables, relative to <storage.path>/db_reg_agent; made when missing.',
    }),
    joined_query: Type.String({
      default: '',
      description: 'SQL that gives subscribers joined with status; empty: our own table subscribers.',
    }),
    registrations_table: Type.String({
      pattern: '^[A-Za-z_][A-Za-z0-9_]{0,62}$',
      default: 'registrations',
      description: 'Table of the status; made when missing.',
    }),
    expires: Type.Integer({ minimum: 10, maximum: 604_800, default: 7200, description: 'Asked for, seconds.' }),
    reregister_interval: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.5,
      description: 'Fraction of the granted time after which it is refreshed.',
    }),
    minimum_reregister_interval: Type.Number({
      maximum: 1,
      default: -1,
      description: 'If set: the least loaded second between both fractions is taken; must be smaller.',
    }),
    enable_ratelimiting: Flag(false, 'REGISTERs leave at no more than ratelimit_rate in ratelimit_per seconds.'),
    ratelimit_rate: Type.Integer({ minimum: 0, default: 0, description: 'REGISTERs in ratelimit_per seconds.' }),
    ratelimit_per: Type.Integer({ minimum: 0, default: 0, description: 'Seconds.' }),
    ratelimit_slowstart: Flag(false, 'Begin with an empty allowance.'),
    delete_removed_registrations: Flag(true, 'Delete the status row of what was de-registered.'),
    delete_failed_deregistrations: Flag(false, 'Delete it also when the registrar refused.'),
    save_contacts: Flag(true, 'Write the contacts that the registrar told.'),
    db_read_contact: Flag(false, 'Read the column contact; our own table is always read.'),
    save_auth_replies: Flag(false, 'Write also a final 401 or 407 as last_code.'),
    contact_hostport: Type.String({ default: '', description: 'For empty contacts: sip:<user>@<contact_hostport>.' }),
    outbound_proxy: Type.String({ default: '', description: 'As proxy of registrar_client.' }),
    error_retry_interval: Type.Integer({
      minimum: 0,
      maximum: 86_400,
      default: 300,
      description: 'Seconds until what failed is tried again; 0: never.',
    }),
    mysql_user: MySql('SEMS; there is no MySQL in this version.'),
    mysql_passwd: MySql('SEMS; there is no MySQL in this version.'),
    mysql_server: MySql('SEMS; there is no MySQL in this version.'),
    mysql_db: MySql('SEMS; there is no MySQL in this version.'),
  },
  { additionalProperties: false, default: {}, description: 'Registers the accounts of a database.' },
);
export type DbRegAgentConfig = Static<typeof DbRegAgentConfigSchema>;

/** @throws CodedError `config.notBuilt`, `config.invalid` naming the key. */
export function checkConfig(config: DbRegAgentConfig): void {
  const at = (key: string): string => `modules.db_reg_agent.${key}`;
  if (config.database !== 'sqlite')
    throw new CodedError('config.notBuilt', `${at('database')}: ${config.database} has no driver here; use sqlite`);
  for (const key of ['mysql_user', 'mysql_passwd', 'mysql_server', 'mysql_db'] as const) {
    if (config[key] !== undefined)
      throw new CodedError('config.notBuilt', `${at(key)}: MySQL has no driver here; remove it and use sqlite`);
  }
  const { minimum_reregister_interval: least, reregister_interval: most } = config;
  if (least !== -1 && !(least > 0 && least < most))
    throw new CodedError('config.invalid', `${at('minimum_reregister_interval')}: not between 0 and ${most}`);
  if (config.enable_ratelimiting && (config.ratelimit_rate === 0 || config.ratelimit_per === 0))
    throw new CodedError('config.invalid', `${at('enable_ratelimiting')}: it needs ratelimit_rate and ratelimit_per`);
}
