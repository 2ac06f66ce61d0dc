import { CodedError, type Static, Type } from '../../core/index.ts';

const Flag = (standard: boolean, description: string) => Type.Boolean({ default: standard, description });

/** `modules.db_reg_agent`: SEMS's keys (`db_reg_agent.conf`), and where the tables are. */
export const DbRegAgentConfigSchema = Type.Object(
  {
    database_url: Type.Optional(
      Type.String({
        pattern: '^(postgres|postgresql|mysql|mariadb)://',
        description: 'postgres://user:password@host:port/name or mysql://…: the tables are there. Secret.',
        'x-secret': true,
      }),
    ),
    sqlite_file: Type.String({
      default: 'accounts.db',
      description: 'File of the tables, relative to <storage.path>/db_reg_agent; made when missing. Without a server.',
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
    mysql_user: Type.Optional(Type.String({ description: "SEMS's way to name a MySQL server: its user." })),
    mysql_passwd: Type.Optional(Type.String({ description: 'Its password. Secret.', 'x-secret': true })),
    mysql_server: Type.Optional(Type.String({ description: 'Its host[:port]; default localhost.' })),
    mysql_db: Type.Optional(Type.String({ description: 'Its database; default sems.' })),
  },
  { additionalProperties: false, default: {}, description: 'Registers the accounts of a database.' },
);
export type DbRegAgentConfig = Static<typeof DbRegAgentConfigSchema>;

/** @throws CodedError `config.invalid` naming the key. */
export function checkConfig(config: DbRegAgentConfig): void {
  const at = (key: string): string => `modules.db_reg_agent.${key}`;
  if (config.database_url !== undefined && config.mysql_user !== undefined)
    throw new CodedError('config.invalid', `${at('database_url')}: it and mysql_user name a server each; keep one`);
  const { minimum_reregister_interval: least, reregister_interval: most } = config;
  if (least !== -1 && !(least > 0 && least < most))
    throw new CodedError('config.invalid', `${at('minimum_reregister_interval')}: not between 0 and ${most}`);
  if (config.enable_ratelimiting && (config.ratelimit_rate === 0 || config.ratelimit_per === 0))
    throw new CodedError('config.invalid', `${at('enable_ratelimiting')}: it needs ratelimit_rate and ratelimit_per`);
}

/** Where the tables are: what `openDatabase` takes. */
export function databasePlace(config: DbRegAgentConfig): string {
  const { database_url, mysql_user, mysql_passwd = '', mysql_server = 'localhost', mysql_db = 'sems' } = config;
  if (database_url !== undefined) return database_url;
  if (mysql_user === undefined) return config.sqlite_file;
  const account = `${encodeURIComponent(mysql_user)}:${encodeURIComponent(mysql_passwd)}`;
  return `mysql://${account}@${mysql_server}/${encodeURIComponent(mysql_db)}`;
}
