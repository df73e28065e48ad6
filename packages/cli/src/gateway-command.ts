import { visibleText } from '@sallyport/text';
import type { Command } from 'commander';
import { type AdminClient, adminClient } from './admin-client.ts';
import { CONFIG_FLAG, type ConfigFlags, configOr, JSON_FLAG, misuse, printJson } from './command.ts';
import { EXIT } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** Of a name that a model or a client chose, characters in a row of a list; `show` has all of it. */
const LISTED_CHARS_MAX = 40;

/** The flags of a command that speaks to the gateway that runs. */
export function withGateway(command: Command): Command {
  return command
    .option(...CONFIG_FLAG)
    .option('--admin-host <host>', 'address of the admin API (default: 127.0.0.1)')
    .option('--admin-port <port>', 'port of the admin API (default: 8788)')
    .option(...JSON_FLAG);
}

export interface Asking<Body> {
  readonly ask: (client: AdminClient) => ReturnType<AdminClient['get']>;
  /** Tells people of it. */
  readonly tell: (body: Body) => Promise<void> | void;
}

/** Asks the gateway that runs, and tells what it says, or why it says nothing. @returns the exit code */
export async function withClient<Body>(
  flags: ConfigFlags,
  terminal: Terminal,
  { ask, tell }: Asking<Body>,
): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const client = adminClient(config, terminal.env);
  if ('lacks' in client) return misuse(client.lacks, flags, terminal);
  const answer = await ask(client);
  return tellAnswer<Body>('refused' in answer ? answer : { body: answer.body as Body }, tell, { flags, terminal });
}

/** Tells what was answered, or why nothing was. @returns the exit code */
export async function tellAnswer<Body>(
  answer: { readonly body: Body } | { readonly refused: string },
  tell: Asking<Body>['tell'],
  { flags: { json }, terminal }: { readonly flags: ConfigFlags; readonly terminal: Terminal },
): Promise<number> {
  if ('refused' in answer) {
    terminal.err(`error: ${answer.refused}\n`);
    if (json === true) await printJson(terminal, { ok: false, problems: [{ path: '', message: answer.refused }] });
    return EXIT.negative;
  }
  if (json === true) await printJson(terminal, answer.body);
  else await tell(answer.body);
  return EXIT.ok;
}

/** A text of somebody else's as it may stand in a table. */
export function cell(text: string): string {
  const line = oneLine(text);
  return line.length > LISTED_CHARS_MAX ? `${line.slice(0, LISTED_CHARS_MAX - 3)}...` : line;
}

/** What stands on a line of ours must not begin one of its own. */
export function oneLine(text: string): string {
  return visibleText(text).replaceAll('\n', '\\n');
}
