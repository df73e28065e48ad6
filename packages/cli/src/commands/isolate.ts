import { CONTAINED_KINDS, type ContainedKind, type Containment } from '@sallyport/core';
import { CONTAINED_MAX_MS, CONTAINED_MIN_MS, PER_MINUTE_MAX, REASON_MAX_CHARS } from '@sallyport/runtime';
import { InvalidArgumentError } from 'commander';
import { type Cli, type ConfigFlags, misuse } from '../command.ts';
import { durationMs } from '../duration.ts';
import { everyPage } from '../every-page.ts';
import { cell, oneLine, withClient, withGateway } from '../gateway-command.ts';
import { wordTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const CONTAINMENT_ID = /^iso_[0-9A-Za-z]{20}$/;

const WHOM: Readonly<Record<ContainedKind, string>> = {
  principal: 'who asks, such as `user/ann`; agents that act for a user too',
  agent: 'an agent that asks, or one that stands behind the gateway, by its name',
  tool: 'a tool, whoever calls it',
  model: 'a model, whoever asks it',
};

interface IsolateFlags extends ConfigFlags {
  readonly for: number;
  readonly reason: string;
  readonly tenant?: string;
  readonly stepUp?: boolean;
  readonly throttle?: number;
}

interface ReleaseFlags extends ConfigFlags {
  readonly reason?: string;
}

export function addIsolateCommand({ program, terminal, run }: Cli): void {
  const isolate = program
    .command('isolate')
    .description('hold somebody or something back for a time, in the gateway that runs');
  for (const kind of CONTAINED_KINDS) {
    withGateway(isolate.command(kind).description(WHOM[kind]).argument('<id>'))
      .requiredOption('--for <time>', 'for how long: `30m`, `1h`, `7d`; up to 30 days', duration)
      .requiredOption('--reason <text>', `why, for the audit log; up to ${REASON_MAX_CHARS} characters`)
      .option('--tenant <name>', 'of one tenant alone; default: of all')
      .option('--step-up', 'let it pass, but have a person allow every tool call')
      .option('--throttle <count>', 'let so many exchanges and calls pass a minute', perMinute)
      .action(run((id: string, flags: IsolateFlags) => contain({ kind, name: id }, flags, terminal)));
  }
  withGateway(isolate.command('list').description('what is held back now, the newest first')).action(
    run((flags: ConfigFlags) => list(flags, terminal)),
  );
  withGateway(
    program
      .command('release')
      .description('let go what is isolated, stepped up or throttled')
      .argument('<id>', 'its id, such as `isolate list` gives it'),
  )
    .option('--reason <text>', `why, for the audit log; up to ${REASON_MAX_CHARS} characters`)
    .action(run((id: string, flags: ReleaseFlags) => release(id, flags, terminal)));
}

function duration(text: string): number {
  const ms = durationMs(text);
  if (ms === undefined || ms < CONTAINED_MIN_MS || ms > CONTAINED_MAX_MS) {
    throw new InvalidArgumentError('must be a time such as `30m`, `1h` or `7d`, up to 30 days');
  }
  return ms;
}

function perMinute(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= PER_MINUTE_MAX) return count;
  throw new InvalidArgumentError(`must be a whole number up to ${PER_MINUTE_MAX}`);
}

interface Whom {
  readonly kind: ContainedKind;
  readonly name: string;
}

async function contain({ kind, name }: Whom, flags: IsolateFlags, terminal: Terminal): Promise<number> {
  const { reason, tenant, stepUp = false, throttle } = flags;
  if (stepUp && throttle !== undefined) return misuse('either `--step-up` or `--throttle`', flags, terminal);
  if (reason === '' || reason.length > REASON_MAX_CHARS)
    return misuse(`a reason has 1 to ${REASON_MAX_CHARS} characters`, flags, terminal);
  const wanted = {
    action: stepUp ? 'step-up' : throttle === undefined ? 'isolate' : 'throttle',
    of: { kind, name, ...(tenant !== undefined && { tenant }) },
    forMs: flags.for,
    ...(throttle !== undefined && { perMinute: throttle }),
    reason,
    via: 'terminal',
  };
  return withClient<Containment>(flags, terminal, {
    ask: (client) => client.post('/containments', wanted),
    tell: ({ id, action, until }) => {
      terminal.err(`${action} of ${kind} ${oneLine(name)} until ${until}:\n`);
      return terminal.out(`${id}\n`);
    },
  });
}

function list(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withClient<{ containments: readonly Containment[] }>(flags, terminal, {
    ask: (client) => everyPage(client, '/containments', 'containments'),
    tell: ({ containments }) => {
      const titles = ['id', 'action', 'of', 'tenant', 'until', 'alert', 'reason'];
      const rows = containments.map(({ id, action, perMinute: count, of, until, alert = '', reason }) => {
        const what = count === undefined ? action : `${action} to ${count} a minute`;
        return [id, what, `${of.kind} ${of.name}`, of.tenant ?? '*', until, alert, reason].map(cell);
      });
      return terminal.out(wordTable(titles, rows));
    },
  });
}

async function release(id: string, flags: ReleaseFlags, terminal: Terminal): Promise<number> {
  const { reason = '' } = flags;
  if (!CONTAINMENT_ID.test(id)) return misuse('no id of what is isolated', flags, terminal);
  if (reason.length > REASON_MAX_CHARS)
    return misuse(`a reason has ${REASON_MAX_CHARS} characters at most`, flags, terminal);
  return withClient<Containment>(flags, terminal, {
    ask: (client) => client.delete(`/containments/${id}`, { reason }),
    tell: ({ of }) => terminal.err(`released: ${of.kind} ${oneLine(of.name)} is held back no more\n`),
  });
}
