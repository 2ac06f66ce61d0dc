import { CodedError } from '../../core/index.ts';
import { accountKeys, type RegAgentAccount } from './config.ts';

type NumberedConfig = { readonly accounts: readonly RegAgentAccount[]; readonly [key: string]: unknown };

const lastSuffix = 99;

/**
 * All accounts: the records, then SEMS's numbered keys (di-interfaces 5.18): no suffix, then 1 to 99 without a gap.
 * @throws CodedError `config.invalid` naming the key that is missing.
 */
export function accountsOf(config: NumberedConfig): RegAgentAccount[] {
  const suffixes = ['', ...Array.from({ length: lastSuffix }, (_, i) => String(i + 1))];
  const present = suffixes.filter((suffix) => accountKeys.some((key) => typeof config[key + suffix] === 'string'));
  const numbered = present.map((suffix, index) => {
    if (suffix !== suffixes[index])
      throw new CodedError(
        'config.invalid',
        `modules.reg_agent.domain${suffix}: the accounts before it are not without a gap (domain${suffixes[index]} is missing)`,
      );
    return numberedAccount(config, suffix);
  });
  return [...config.accounts, ...numbered];
}

function numberedAccount(config: NumberedConfig, suffix: string): RegAgentAccount {
  const text = (key: (typeof accountKeys)[number]): string => {
    const value = config[key + suffix];
    return typeof value === 'string' ? value : '';
  };
  for (const key of ['domain', 'user'] as const) {
    if (text(key) === '') throw new CodedError('config.invalid', `modules.reg_agent.${key}${suffix}: it is missing`);
  }
  return {
    domain: text('domain'),
    user: text('user'),
    display_name: text('display_name'),
    auth_user: text('auth_user'),
    pwd: text('pwd'),
    proxy: text('proxy'),
    contact: text('contact'),
  };
}
