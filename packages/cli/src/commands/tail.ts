import { setTimeout as pause } from 'node:timers/promises';
import { EFFECTS, FOUND_CATEGORIES } from '@sallyport/core';
import type { LiveEvent } from '@sallyport/runtime';
import { Option } from 'commander';
import { type AdminClient, adminClient } from '../admin-client.ts';
import { type Cli, type ConfigFlags, configOr, misuse } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { withGateway } from '../gateway-command.ts';
import { atLeastOne } from '../numbers.ts';
import type { Terminal } from '../terminal.ts';
import { type EventFilter, passes } from '../watch/event-filter.ts';
import { eventLine } from '../watch/event-line.ts';
import { EventReader, type StreamEvent } from '../watch/event-reader.ts';

/** Time before a stream that ended is asked for again, milliseconds. */
const AGAIN_MS = 1_000;

interface TailFlags extends ConfigFlags, EventFilter {
  readonly count?: number;
}

export function addTailCommand({ program, terminal, run }: Cli): void {
  withGateway(
    program
      .command('tail')
      .description('follow what happens in the gateway that runs, a line each; with --json, a document each'),
  )
    .addOption(new Option('--verdict <effect>', 'only what was decided so').choices(EFFECTS))
    .option('--principal <name>', 'only whose this is: `user/ann`, or the id alone')
    .option('--tool <name>', 'only calls of this tool')
    .addOption(new Option('--category <category>', 'only what has findings of this category').choices(FOUND_CATEGORIES))
    .option('--kind <kind>', 'only records of this kind, such as `closed`, or `signal.changed`')
    .option('--count <n>', 'end after so many', atLeastOne)
    .action(run((flags: TailFlags) => tail(flags, terminal)));
}

async function tail(flags: TailFlags, terminal: Terminal): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const client = adminClient(config, terminal.env);
  if ('lacks' in client) return misuse(client.lacks, flags, terminal);
  return new Tail(client, flags, terminal).follow();
}

/** Goes on where the last stream ended, until there are as many events as were asked for, or the gateway has none to give. */
class Tail {
  readonly #client: AdminClient;
  readonly #flags: TailFlags;
  readonly #terminal: Terminal;
  #after = '';
  #shown = 0;

  constructor(client: AdminClient, flags: TailFlags, terminal: Terminal) {
    this.#client = client;
    this.#flags = flags;
    this.#terminal = terminal;
  }

  async follow(): Promise<number> {
    for (;;) {
      const reader = new EventReader();
      const refused = await this.#client.follow('/events', {
        after: this.#after,
        onText: (text) => {
          for (const event of reader.push(text)) this.#show(event);
          this.#after = reader.lastId === '' ? this.#after : reader.lastId;
          return this.#isEnough();
        },
      });
      if (this.#isEnough()) return EXIT.ok;
      if (refused !== undefined) {
        this.#terminal.err(`error: ${refused.refused}\n`);
        return EXIT.negative;
      }
      await pause(AGAIN_MS);
    }
  }

  #show({ event, data }: StreamEvent): void {
    if (this.#isEnough()) return;
    const said: unknown = JSON.parse(data);
    if (event === 'gap') {
      const { lost } = said as { readonly lost: number | null };
      this.#terminal.err(
        `${lost ?? 'an unknown number of'} events were not shown: the gateway does not have them any more\n`,
      );
      return;
    }
    const live = said as LiveEvent;
    if (!passes(live, this.#flags)) return;
    this.#shown += 1;
    void this.#terminal.out(`${this.#flags.json === true ? JSON.stringify(live) : eventLine(live)}\n`);
  }

  #isEnough(): boolean {
    return this.#shown >= (this.#flags.count ?? Number.POSITIVE_INFINITY);
  }
}
