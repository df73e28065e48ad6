import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type Principal, recordedName } from '@sallyport/core';
import { type Notice, openHouse, type ServedEnd } from '@sallyport/runtime';
import { type ConfigFlags, configOr } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { Interruptions } from '../interruptions.ts';
import type { Terminal } from '../terminal.ts';

export interface WrapFlags extends ConfigFlags {
  readonly name: string;
  readonly pass?: readonly string[];
}

/** Time that requests under way get to end, milliseconds. */
const DRAIN_MS = 5_000;

/**
 * Guards one server for a client that started us: a house of its own, the starter policies, a log. Standard output is the protocol's
 * alone.
 * @returns the exit code, when the client or the server is gone, or a signal came
 * @throws {SallyportError} what `openHouse()` throws, `STORE_LOCKED` where another client has the same server started
 */
export async function wrap(
  [command = '', ...args]: readonly string[],
  flags: WrapFlags,
  terminal: Terminal,
): Promise<number> {
  const { name, pass = [] } = flags;
  const data = flags.data ?? stateFolder(name, terminal.env);
  const servers = { [name]: { command, args, pass } };
  const config = await configOr({ ...flags, data }, terminal, { servers });
  if (typeof config === 'number') return config;
  const interruptions = new Interruptions();
  const house = await openHouse(config, { onNotice: (notice) => tell(notice, terminal) });
  try {
    const principal = house.access.directory.member(localUser());
    const served = house.mcp.serveLines(terminal.stdin, outputOf(terminal), { server: name, principal });
    const end = await Promise.race([served, interruptions.next()]);
    terminal.err(`ended: ${typeof end === 'string' ? `${end} came` : whyEnded(end)}\n`);
    house.stopTaking();
    await house.mcp.close(DRAIN_MS);
    // A client that goes on writing would keep this process, and the session its server.
    terminal.stdin.destroy();
    await served;
    return EXIT.ok;
  } finally {
    await house.close();
  }
}

/** Words of our own for why one side is gone. */
const REASONS: Readonly<Record<ServedEnd['reason'], string>> = {
  closed: 'is gone',
  gone: 'ended, and does not come up again',
  silent: 'said nothing for too long',
  unreadable: 'says what is no MCP',
  'too-large': 'says more at once than `limits.maxMessageBytes`',
  refused: 'lets nobody in',
};

function whyEnded({ side, reason, unreached }: ServedEnd): string {
  const end = `the ${side} ${REASONS[reason]}`;
  const none = 'there was no server: it did not come up, or speaks no revision that is spoken here';
  return unreached === undefined ? end : `${end}; ${none}`;
}

/** Where what is kept of a server lies: the same folder each time, whoever starts it from wherever. */
function stateFolder(name: string, { XDG_STATE_HOME, LOCALAPPDATA, HOME }: Terminal['env']): string {
  const home = HOME ?? homedir();
  const state = process.platform === 'win32' ? LOCALAPPDATA : XDG_STATE_HOME;
  return join(state ?? join(home, '.local', 'state'), 'sallyport', 'mcp', name);
}

/** Whoever started the client. */
function localUser(): Principal {
  const id = recordedName(userInfo().username);
  return { kind: 'user', id, tenant: 'default', groups: [] };
}

function outputOf(terminal: Terminal): Writable {
  return new Writable({
    write: (line: Buffer, _encoding, done) => {
      terminal.out(line.toString()).then(() => done(), done);
    },
  });
}

/** What went wrong, without what it was about. */
function tell(notice: Notice, terminal: Terminal): void {
  if (notice.kind === 'error') terminal.err(`error: ${notice.error.code}: ${notice.error.message}\n`);
  else if (notice.kind === 'policies-refused')
    terminal.err('warning: changed policies are not valid, and not in force\n');
}
