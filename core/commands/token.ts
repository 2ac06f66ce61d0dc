import { hashPassword, loadServerConfig, openTokens } from '../main.ts';
import { asCodedError, processFace, realSeams, silentLog } from '../runtime/index.ts';
import { type Command, exitCode, readOptions } from './command.ts';

const usage = `callbus token create --name NAME --scopes SCOPES [--config FILE]
callbus token list [--config FILE]
callbus token revoke --name NAME [--config FILE]
callbus token hash PASSWORD

Credentials for the RPC faces. SCOPES is a role (viewer, operator, admin) or a comma list such
as monitoring:read,webconference:*. A token is shown once and stored hashed. "hash" prints the
value for rpc.users[].hash.
`;

export const token: Command = {
  name: 'token',
  summary: 'Creates, lists and revokes RPC tokens.',
  usage,
  async run(args, { stdout, stderr }) {
    const options = readOptions(args.slice(1), { values: ['name', 'scopes', 'config'], flags: [] });
    if ('fault' in options) {
      stderr(`callbus token: ${options.fault}\n`);
      return exitCode.usage;
    }
    const name = options.values.get('name');
    const scopes = options.values.get('scopes');
    try {
      const config = await loadServerConfig({
        file: options.values.get('config'),
        environment: processFace().environment,
      });
      const seams = realSeams({ log: silentLog });
      const { tokens, close } = openTokens(config, seams);
      try {
        switch (args[0]) {
          case 'create':
            if (name === undefined || scopes === undefined) break;
            stdout(`${(await tokens.create({ name, scopes: scopes.split(',') })).token}\n`);
            return exitCode.ok;
          case 'list':
            for (const entry of await tokens.list()) stdout(`${entry.name}\t${entry.scopes.join(',')}\n`);
            return exitCode.ok;
          case 'revoke':
            if (name === undefined) break;
            if (await tokens.revoke(name)) return exitCode.ok;
            stderr(`callbus token: no token named ${name}\n`);
            return exitCode.failed;
          case 'hash':
            if (options.rest[0] === undefined) break;
            stdout(`${await hashPassword(options.rest[0], seams.random)}\n`);
            return exitCode.ok;
        }
      } finally {
        await close();
      }
    } catch (fault) {
      const coded = asCodedError(fault, 'storage.failed');
      stderr(`callbus token: ${coded.message}\n`);
      return coded.code.startsWith('config.') ? exitCode.usage : exitCode.failed;
    }
    stderr(usage);
    return exitCode.usage;
  },
};
