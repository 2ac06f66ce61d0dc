import { type Static, Type } from '../../core/index.ts';

const AccountSchema = Type.Object(
  {
    domain: Type.String({ minLength: 1, description: 'The registrar: host[:port] of the account.' }),
    user: Type.String({ minLength: 1, description: 'User of the address of record.' }),
    display_name: Type.String({ default: '', description: 'Display name in From and To.' }),
    auth_user: Type.String({ default: '', description: 'User of the credentials; empty: as user.' }),
    pwd: Type.String({ default: '', description: 'Password of the credentials. Secret.', 'x-secret': true }),
    proxy: Type.String({ default: '', description: 'sip:host as Route, host[:port][/transport] as next hop.' }),
    contact: Type.String({ default: '', description: 'What is registered; empty: our own address.' }),
  },
  { additionalProperties: false },
);

/** SEMS's keys, one account by suffix: none, then 1 to 99. */
export const accountKeys = ['domain', 'user', 'display_name', 'auth_user', 'pwd', 'proxy', 'contact'] as const;

/** `modules.reg_agent`: a list of accounts, and SEMS's keys (`reg_agent.conf`). */
export const RegAgentConfigSchema = Type.Object(
  {
    accounts: Type.Array(AccountSchema, {
      maxItems: 1000,
      default: [],
      description: 'Accounts to register. SEMS: domain, user, … then domain1, user1, … up to 99.',
    }),
  },
  {
    additionalProperties: false,
    patternProperties: {
      '^(domain|user|display_name|auth_user|proxy|contact)([1-9][0-9]?)?$': { type: 'string' },
      '^pwd([1-9][0-9]?)?$': { type: 'string', 'x-secret': true },
    },
    default: {},
    description: 'Registers the accounts that stand here.',
  },
);
export type RegAgentConfig = Static<typeof RegAgentConfigSchema>;
export type RegAgentAccount = Static<typeof AccountSchema>;
