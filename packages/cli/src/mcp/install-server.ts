import { fileURLToPath } from 'node:url';
import { EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import clients from './clients.json' with { type: 'json' };

export interface InstallFlags {
  readonly client: string;
  readonly name: string;
  readonly url?: string;
}

/** How a client is told of a server elsewhere: by which members, or not at all, so that a program has to stand between. */
type Remote = 'http' | 'url' | 'serverUrl' | 'httpUrl' | 'bearer' | 'bridge';

interface KnownClient {
  /** Which file it reads. */
  readonly file: string;
  readonly form: 'json' | 'toml';
  /** Where in it servers stand. */
  readonly path: readonly string[];
  readonly remote: Remote;
}

/** Clients that people use, each with the file that it reads and the form that it has there. Source: their documentation. */
export const CLIENTS = clients as unknown as Readonly<Record<string, KnownClient>>;

/** This program: a client that starts it need not find it. */
const PROGRAM = fileURLToPath(new URL('../../bin/sallyport.js', import.meta.url));
/** Variable that holds the gateway key where a client can read one from its environment. */
const KEY_VARIABLE = 'SALLYPORT_KEY';
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** Prints what a client has to be told. @returns the exit code */
export async function install(command: readonly string[], flags: InstallFlags, terminal: Terminal): Promise<number> {
  const { client, name, url } = flags;
  const known = Object.hasOwn(CLIENTS, client) ? CLIENTS[client] : undefined;
  const problem = problemOf(command, flags, known);
  if (known === undefined || problem !== undefined) {
    terminal.err(`error: ${problem}\n`);
    return EXIT.usage;
  }
  const entry = url === undefined ? wrapped(command, name) : remote(url, known.remote);
  terminal.err(`# ${known.file}\n`);
  if (url !== undefined) terminal.err(`# the gateway key is expected in ${KEY_VARIABLE}\n`);
  await terminal.out(known.form === 'json' ? asJson(known, name, entry) : asToml(known, name, entry));
  return EXIT.ok;
}

function problemOf(
  command: readonly string[],
  { client, name, url }: InstallFlags,
  known: KnownClient | undefined,
): string | undefined {
  if (known === undefined) return `\`--client\` must be one of ${Object.keys(CLIENTS).join(', ')}, not \`${client}\``;
  if (!NAME.test(name)) return '`--name` must be 1 to 63 of `a-z 0-9 . _ -`, beginning with a letter or digit';
  if ((url === undefined) === (command.length === 0)) return 'give either a command behind `--`, or `--url`';
  if (url !== undefined && !/^https?:\/\/[^\s/]+\/mcp\/[^\s/]+$/.test(url)) {
    return '`--url` must be the address of a server at a gateway, such as `http://127.0.0.1:8787/mcp/files`';
  }
  if (url !== undefined && known.remote === 'bridge') {
    return `\`${client}\` starts its servers itself: use \`sallyport mcp wrap\`, by giving a command behind \`--\``;
  }
  return undefined;
}

type Entry = Readonly<Record<string, unknown>>;

function wrapped(command: readonly string[], name: string): Entry {
  return { command: process.execPath, args: [PROGRAM, 'mcp', 'wrap', '--name', name, '--', ...command] };
}

function remote(url: string, by: Remote): Entry {
  const headers = { Authorization: `Bearer \${${by === 'http' ? KEY_VARIABLE : `env:${KEY_VARIABLE}`}}` };
  switch (by) {
    case 'http':
      return { type: 'http', url, headers };
    case 'serverUrl':
      return { serverUrl: url, headers };
    case 'httpUrl':
      return { httpUrl: url, headers: { Authorization: `Bearer $${KEY_VARIABLE}` } };
    case 'bearer':
      return { url, bearer_token_env_var: KEY_VARIABLE };
    default:
      return { url, headers };
  }
}

function asJson({ path }: KnownClient, name: string, entry: Entry): string {
  const whole = [...path].reverse().reduce<object>((inner, member) => ({ [member]: inner }), { [name]: entry });
  return `${JSON.stringify(whole, null, 2)}\n`;
}

function asToml({ path }: KnownClient, name: string, entry: Entry): string {
  const lines = Object.entries(entry).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  return `[${[...path, JSON.stringify(name)].join('.')}]\n${lines.join('\n')}\n`;
}
