import { setTimeout as pause } from 'node:timers/promises';
import type { ShownSignals } from '@sallyport/gateway';
import { SIGNAL_SCOPES } from '@sallyport/runtime';
import { Option } from 'commander';
import { type AdminClient, adminClient } from '../admin-client.ts';
import { type Cli, type ConfigFlags, configOr, misuse, printJson } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { withGateway } from '../gateway-command.ts';
import { atLeastOne } from '../numbers.ts';
import type { Terminal } from '../terminal.ts';
import { topFrame } from '../watch/top-frame.ts';

/** Takes the screen back to its beginning, and what is on it away. */
const CLEAR = '\u001b[H\u001b[J';
const EVERY_SECONDS = 2;
const ROWS = 15;

interface TopFlags extends ConfigFlags {
  readonly scope: string;
  readonly frames?: number;
  readonly every: number;
}

export function addTopCommand({ program, terminal, run }: Cli): void {
  withGateway(
    program
      .command('top')
      .description('rates, latencies, findings and sessions at risk within five minutes, in the gateway that runs'),
  )
    .addOption(
      new Option('--scope <scope>', 'whose rates are shown, the busiest first').choices(SIGNAL_SCOPES).default('model'),
    )
    .option('--frames <n>', 'end after so many', atLeastOne)
    .option('--every <seconds>', 'time between two', atLeastOne, EVERY_SECONDS)
    .action(run((flags: TopFlags) => top(flags, terminal)));
}

async function top(flags: TopFlags, terminal: Terminal): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const client = adminClient(config, terminal.env);
  if ('lacks' in client) return misuse(client.lacks, flags, terminal);
  const { frames = Number.POSITIVE_INFINITY, every } = flags;
  for (let frame = 1; ; frame += 1) {
    const refused = await show(client, flags, terminal);
    if (refused !== undefined) {
      terminal.err(`error: ${refused}\n`);
      return EXIT.negative;
    }
    if (frame >= frames) return EXIT.ok;
    await pause(every * 1_000);
  }
}

/** @returns why there is nothing to show */
async function show(client: AdminClient, { scope, json }: TopFlags, terminal: Terminal): Promise<string | undefined> {
  const [all, busiest] = await Promise.all([
    client.get(`/signals?scope=gateway&limit=${ROWS}`),
    client.get(`/signals?scope=${scope}&limit=${ROWS}`),
  ]);
  if ('refused' in all) return all.refused;
  if ('refused' in busiest) return busiest.refused;
  const { series } = busiest.body as ShownSignals;
  const signals = all.body as ShownSignals;
  if (json === true) {
    await printJson(terminal, { ...signals, scope, busiest: series });
    return undefined;
  }
  const frame = topFrame({ at: new Date().toISOString(), all: signals, scope, busiest: series });
  await terminal.out(`${terminal.isScreen ? CLEAR : ''}${frame}${terminal.isScreen ? '' : '\n'}`);
  return undefined;
}
