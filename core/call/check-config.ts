/** What the schema alone cannot tell of `calls:`, `dial:` and `routing:` (`--check-config`). */
import { CodedError } from '../runtime/index.ts';
import type { AuthenticateConfig, CallsConfig, DialConfig, RoutingConfig } from './config.ts';
import { DialRules } from './dial-rules.ts';
import { Router } from './routing.ts';

export interface CallPartsConfig {
  readonly calls: CallsConfig;
  readonly dial: DialConfig;
  readonly routing: RoutingConfig;
}

/** @throws CodedError `config.invalid`, whose detail begins with the key. */
export function checkCallConfig({ calls, dial, routing }: CallPartsConfig): void {
  new DialRules(dial);
  new Router(routing, calls.mapping);
  checkAuthenticate(calls.authenticate);
}

/** A configuration that lets everybody in, or nobody, by mistake. */
export function checkAuthenticate({ realm, users }: AuthenticateConfig): void {
  if (realm === '' && users.length > 0)
    throw invalid('realm: it is empty, so nobody would be asked, though there are users; name a realm');
  if (realm !== '' && users.length === 0)
    throw invalid('users: there are none, so nobody could call; add one, or leave the realm empty');
  for (const [index, user] of users.entries()) {
    const { name, password, ha1Md5, ha1Sha256, ha1Sha512256 } = user;
    const key = `users[${index}]`;
    if ([password, ha1Md5, ha1Sha256, ha1Sha512256].every((secret) => secret === undefined))
      throw invalid(`${key}: neither a password nor a hash of it`);
    if (users.findIndex((other) => other.name === name) < index)
      throw invalid(`${key}.name: ${JSON.stringify(name)} is listed twice`);
  }
}

function invalid(text: string): CodedError {
  return new CodedError('config.invalid', `calls.authenticate.${text}`);
}
