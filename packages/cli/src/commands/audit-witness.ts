import { resolve } from 'node:path';
import { logId, startWitness } from '@sallyport/gateway';
import { ED25519, type OpenWitness, openWitness } from '@sallyport/runtime';
import type { Command } from 'commander';
import { collected, vkeysOf } from '../audit-command.ts';
import { type Cli, JSON_FLAG, misuse, printJson } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { Interruptions } from '../interruptions.ts';
import type { Terminal } from '../terminal.ts';

interface WitnessFlags {
  readonly listen: string;
  readonly data: string;
  readonly name?: string;
  readonly log: readonly string[];
  readonly json?: boolean;
}

const LISTEN = /^(?:\[([0-9A-Fa-f:]{2,45})\]|([A-Za-z0-9.-]{1,253})):(\d{1,5})$/;

export function addWitnessCommand(audit: Command, { terminal, run }: Cli): void {
  audit
    .command('witness')
    .description(
      'serve as a witness of other logs: sign their heads, only ever such that go on from what was signed before',
    )
    .option('--listen <host:port>', 'address; port 0 picks a free one', '127.0.0.1:8789')
    .requiredOption('--data <folder>', "the witness's own folder: its key, and what it knows of each log")
    .option('--name <name>', "the witness's name, such as witness.example/w1; the first start chooses it")
    .requiredOption(
      '--log <key>',
      'key of a log, `name+id+key`, or a file that holds it; may be given again',
      collected,
    )
    .option(...JSON_FLAG)
    .action(run((flags: WitnessFlags) => serve(flags, terminal)));
}

async function serve(flags: WitnessFlags, terminal: Terminal): Promise<number> {
  const [, inner, plain, portText] = LISTEN.exec(flags.listen) ?? [];
  const host = inner ?? plain;
  const port = Number(portText);
  if (host === undefined || port > 65_535) return misuse('--listen is not a host and a port', flags, terminal);
  const logs = vkeysOf(flags.log, terminal);
  if (logs === undefined || logs.some(({ algorithm }) => algorithm !== ED25519)) {
    return misuse('--log is no key of a log, nor a file that holds one', flags, terminal);
  }
  const interruptions = new Interruptions();
  const witness = openWitness({ folder: resolve(terminal.cwd, flags.data), name: flags.name, logs });
  try {
    const server = await startWitness({ witness, host, port });
    const origins = logs.map(({ name: origin }) => ({
      origin,
      checkpoint: `${server.url}/checkpoint/${logId(origin)}`,
    }));
    if (flags.json === true) await printJson(terminal, { url: server.url, vkey: witness.vkey, logs: origins });
    else terminal.err(greeting(witness, server.url, origins));
    await interruptions.next();
    await server.stop();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    terminal.err(`error: cannot listen on ${flags.listen} (${code})\n`);
    return EXIT.negative;
  } finally {
    witness.close();
  }
  return EXIT.ok;
}

function greeting(
  { name, vkey }: OpenWitness,
  url: string,
  logs: readonly { readonly origin: string; readonly checkpoint: string }[],
): string {
  const lines = logs.map(({ origin, checkpoint }) => `  log  ${origin}, what was signed of it: ${checkpoint}\n`);
  return `${name} takes heads at ${url}\n  key  ${vkey}\n${lines.join('')}`;
}
