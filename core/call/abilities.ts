/** What the engine takes by its configuration, for the Allow and Supported headers of the stack. */
import type { OwnerAbilities } from '../sip/index.ts';
import type { CallsConfig } from './config.ts';

export function abilitiesOf({ messages, refer, replaces }: CallsConfig): OwnerAbilities {
  const takesRefer = refer.inDialog === 'follow' || refer.outOfDialog;
  return {
    methods: [...(messages === 'accept' ? ['MESSAGE'] : []), ...(takesRefer ? ['REFER'] : [])],
    extensions: [...(takesRefer ? ['norefersub'] : []), ...(replaces === 'off' ? [] : ['join', 'replaces'])],
  };
}
