/** The lab phone: a peer of another make for demo, docs and tests. Its stack is the npm package `sip`. */
import { defineModule, Type } from '../../core/index.ts';
import { phoneCommand } from './command.ts';

export const phone = defineModule({
  name: 'phone',
  summary: 'The sub-command `callbus phone`: a lab phone.',
  config: Type.Object(
    {},
    { additionalProperties: false, default: {}, description: 'The lab phone has no options here.' },
  ),
  commands: [phoneCommand],
  start: () => null,
});
