import { REASON_MAX_CHARS } from '@sallyport/runtime';
import { type Cli, CONFIG_FLAG, type ConfigFlags, DATA_FLAG } from '../command.ts';
import { withGateway } from '../gateway-command.ts';
import { listAuthorizations, type RevokeFlags, revokeAuthorization } from '../mcp/authorizations.ts';
import { type InspectFlags, inspect } from '../mcp/inspect-tools.ts';
import { CLIENTS, type InstallFlags, install } from '../mcp/install-server.ts';
import { type WrapFlags, wrap } from '../mcp/wrap-server.ts';

const COMMAND = ['<command...>', 'the server: a program and its arguments, behind `--`'] as const;

export function addMcpCommand({ program, terminal, run }: Cli): void {
  const mcp = program.command('mcp').description('servers of tools behind the wall');
  mcp
    .command('wrap')
    .description('guard one server over standard input and output, for a client that starts it; no gateway has to run')
    .argument(...COMMAND)
    .option('--name <name>', 'what the server is called, in policies and records', 'server')
    .option('--pass <variable...>', 'environment variables that it gets, beside those that programs need')
    .option(...DATA_FLAG)
    .option(...CONFIG_FLAG)
    .action(run((command: readonly string[], flags: WrapFlags & ConfigFlags) => wrap(command, flags, terminal)));
  mcp
    .command('install')
    .description('print what a client has to be told, so that its servers are guarded; nothing is written')
    .argument('[command...]', COMMAND[1])
    .option('--client <client>', `one of ${Object.keys(CLIENTS).join(', ')}`, 'claude-desktop')
    .option('--name <name>', 'what the server is called', 'server')
    .option('--url <url>', 'address of a server at a gateway that runs, such as http://127.0.0.1:8787/mcp/files')
    .action(run((command: readonly string[], flags: InstallFlags) => install(command, flags, terminal)));
  withGateway(
    mcp
      .command('authorizations')
      .description('what lets the gateway that runs in at servers, and for whom; never a token'),
  ).action(run((flags: ConfigFlags) => listAuthorizations(flags, terminal)));
  withGateway(
    mcp
      .command('revoke')
      .description('end an authorization, and every consent to it')
      .argument('<id>', 'its id, such as `authorizations` gives it')
      .option('--reason <text>', `why, for the audit log; up to ${REASON_MAX_CHARS} characters`),
  ).action(run((id: string, flags: RevokeFlags) => revokeAuthorization(id, flags, terminal)));
  withGateway(
    mcp
      .command('inspect')
      .description('ask a server of the configuration for its tools, and say of each what the gateway would')
      .argument('<server>', 'its name in `mcp.servers`; it is started, or called, for this alone')
      .option('--as <who>', 'for whom policies are asked', 'service/inspect')
      .option('--tenant <tenant>', 'and of which tenant', 'default')
      .option(
        '--url <url>',
        'address of the data plane, for a server behind authorization (default: where the configuration has it)',
      )
      .option('--save <file>', 'write what the server lists, for `mcp.servers.<name>.tools`'),
  ).action(run((server: string, flags: InspectFlags) => inspect(server, flags, terminal)));
}
