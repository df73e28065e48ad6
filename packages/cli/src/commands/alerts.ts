import type { ShownAlerts } from '@sallyport/gateway';
import { ALERT_STATES, type Alert, REASON_MAX_CHARS } from '@sallyport/runtime';
import { InvalidArgumentError } from 'commander';
import { type Cli, type ConfigFlags, misuse } from '../command.ts';
import { cell, oneLine, withClient, withGateway } from '../gateway-command.ts';
import { wordTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const ALERT_ID = /^alr_[0-9A-Za-z]{20}$/;

interface ListFlags extends ConfigFlags {
  readonly state?: string;
  readonly cursor?: string;
  readonly limit: number;
}

interface SettleFlags extends ConfigFlags {
  readonly reason?: string;
}

export function addAlertsCommand({ program, terminal, run }: Cli): void {
  const alerts = program.command('alerts').description('what needs attention, in the gateway that runs');
  withGateway(alerts.command('list').description('alerts, the newest first'))
    .option('--state <state>', `only those that are ${ALERT_STATES.join(', ')}`, state)
    .option('--cursor <next>', 'the page behind this place, such as the end of a page names')
    .option('--limit <count>', 'how many, 1 to 200', limit, 50)
    .action(run((flags: ListFlags) => list(flags, terminal)));
  withGateway(
    alerts
      .command('show')
      .description('what an alert is about, and where to look')
      .argument('<id>', 'its id, such as `list` gives it'),
  ).action(run((id: string, flags: ConfigFlags) => show(id, flags, terminal)));
  for (const [name, step, description] of [
    ['ack', 'acknowledged', 'say that somebody looks'],
    ['resolve', 'resolved', 'say that it is over'],
  ] as const) {
    withGateway(alerts.command(name).description(description).argument('<id>'))
      .option('--reason <text>', `why, for the audit log; up to ${REASON_MAX_CHARS} characters`)
      .action(run((id: string, flags: SettleFlags) => settle(id, flags, { terminal, step })));
  }
}

function state(text: string): string {
  if (ALERT_STATES.some((known) => known === text)) return text;
  throw new InvalidArgumentError(`must be one of ${ALERT_STATES.join(', ')}`);
}

function limit(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 200) return count;
  throw new InvalidArgumentError('must be a number from 1 to 200');
}

async function list(flags: ListFlags, terminal: Terminal): Promise<number> {
  const { cursor, state: wanted, limit: count } = flags;
  const query = new URLSearchParams({
    limit: `${count}`,
    ...(wanted !== undefined && { state: wanted }),
    ...(cursor !== undefined && { cursor }),
  });
  return withClient<ShownAlerts>(flags, terminal, {
    ask: (client) => client.get(`/alerts?${query}`),
    tell: async ({ alerts, next }) => {
      const titles = ['alert', 'state', 'severity', 'rule', 'about', 'times', 'raised', 'last'];
      const rows = alerts.map(({ id, state: now, severity, rule, about, times, raisedAt, lastAt }) => {
        const facts = Object.entries(about).map(([attribute, name]) => `${attribute} ${name}`);
        return [id, now, severity, rule, facts.join(', '), `${times}`, raisedAt, lastAt].map(cell);
      });
      await terminal.out(wordTable(titles, rows));
      if (next !== undefined) terminal.err(`more: --cursor ${next}\n`);
    },
  });
}

async function show(id: string, flags: ConfigFlags, terminal: Terminal): Promise<number> {
  if (!ALERT_ID.test(id)) return misuse('no id of an alert', flags, terminal);
  return withClient<Alert>(flags, terminal, {
    ask: (client) => client.get(`/alerts/${id}`),
    tell: (alert) => terminal.out(described(alert)),
  });
}

function described({
  id,
  state: now,
  severity,
  rule,
  about,
  times,
  raisedAt,
  lastAt,
  evidence,
  settled,
}: Alert): string {
  const { value, bound, exchanges, more = 0 } = evidence;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['alert', id],
    ['state', now],
    ['severity', severity],
    ['rule', rule],
    ...Object.entries(about),
    ['measured', value === undefined ? undefined : `${value}, bound ${bound}`],
    ['times', `${times}`],
    ['raised', raisedAt],
    ['last', lastAt],
    ['settled', settled && `${settled.by === undefined ? 'made room' : `by ${settled.by.id}`} at ${settled.at}`],
    ['reason', settled?.reason],
    ...exchanges.map((exchange): readonly [string, string] => ['exchange', exchange]),
    ['further', more === 0 ? undefined : `${more} exchanges`],
  ];
  const lines = facts.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(9)}  ${oneLine(text)}`]));
  return [...lines, ''].join('\n');
}

interface Settling {
  readonly terminal: Terminal;
  readonly step: 'acknowledged' | 'resolved';
}

async function settle(id: string, flags: SettleFlags, { terminal, step }: Settling): Promise<number> {
  const { reason = '' } = flags;
  if (!ALERT_ID.test(id)) return misuse('no id of an alert', flags, terminal);
  if (reason.length > REASON_MAX_CHARS)
    return misuse(`a reason has ${REASON_MAX_CHARS} characters at most`, flags, terminal);
  return withClient<Alert>(flags, terminal, {
    ask: (client) => client.post(`/alerts/${id}`, { step, reason, via: 'terminal' }),
    tell: ({ rule }) => terminal.err(`${step}: alert of rule \`${oneLine(rule)}\`\n`),
  });
}
