import { type ModuleContext, type Random, secureToken } from '../../core/index.ts';

/**
 * RFC 5626 4.1: the instance id "MUST … be the same … across power cycles": made once and kept in the storage.
 * A UUID of version 4 (RFC 4122 4.4).
 */
export async function instanceId(storage: ModuleContext<unknown>['storage'], random: Random): Promise<string> {
  const known = await storage.get('instance');
  if (typeof known === 'string' && /^urn:uuid:[0-9a-f-]{36}$/.test(known)) return known;
  const hex = secureToken(random, 16);
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  const made = `urn:uuid:${parts.join('-')}`;
  await storage.set('instance', made);
  return made;
}
