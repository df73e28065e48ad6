import { GRANTABLE, type GrantableAction, type Resource, type StoredGrant } from '@sallyport/core';
import { REASON_MAX_CHARS } from '@sallyport/runtime';
import { InvalidArgumentError, Option } from 'commander';
import { type Cli, type ConfigFlags, misuse } from '../command.ts';
import { everyPage } from '../every-page.ts';
import { cell, oneLine, withClient, withGateway } from '../gateway-command.ts';
import { wordTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { addAccessReview } from './access-review.ts';

const GRANT_ID = /^grn_[0-9A-Za-z]{20}$/;
const KINDS = ['model', 'tool', 'data-source'] as const satisfies readonly Resource['kind'][];
const HOUR_MS = 3_600_000;

interface GrantFlags extends ConfigFlags {
  readonly tenant: string;
  readonly action: readonly GrantableAction[];
  readonly kind: Resource['kind'];
  readonly name?: string;
  readonly group?: string;
  readonly hours: number;
  readonly reason: string;
  readonly requestedBy: string;
}

interface RevokeFlags extends ConfigFlags {
  readonly reason?: string;
}

export function addAccessCommand({ program, terminal, run }: Cli): void {
  const access = program.command('access').description('who may do what: grants for a time, and what of it was used');
  withGateway(
    access
      .command('grant')
      .description('give access for a time; who has the admin token approves it, and somebody else asked for it')
      .argument('<who>', 'a principal, `agent/mailer`, or a group, `group/legal`')
      .addOption(new Option('--action <action...>', 'what is granted').choices(GRANTABLE).makeOptionMandatory())
      .addOption(new Option('--kind <kind>', 'on what').choices(KINDS).makeOptionMandatory())
      .option('--name <name>', 'its name, in which `*` stands for any characters; else all of the kind')
      .option('--group <group>', 'or a group of it')
      .requiredOption('--hours <hours>', 'for how long from now', hours)
      .requiredOption('--reason <text>', `why, for the audit log; up to ${REASON_MAX_CHARS} characters`)
      .requiredOption('--requested-by <name>', 'who asked for it')
      .option('--tenant <tenant>', 'tenant of the principal; `*` for any', 'default'),
  ).action(run((who: string, flags: GrantFlags) => grant(who, flags, terminal)));
  withGateway(
    access
      .command('revoke')
      .description('take a grant back, at once')
      .argument('<id>')
      .option('--reason <text>', 'why, for the audit log'),
  ).action(run((id: string, flags: RevokeFlags) => revoke(id, flags, terminal)));
  withGateway(access.command('grants').description('every grant, the newest first')).action(
    run((flags: ConfigFlags) => list(flags, terminal)),
  );
  addAccessReview(access, { terminal, run });
}

function hours(text: string): number {
  const count = Number(text);
  if (!Number.isFinite(count) || count <= 0) throw new InvalidArgumentError('must be a number of hours');
  return count;
}

function grant(who: string, flags: GrantFlags, terminal: Terminal): Promise<number> {
  const { tenant, action, kind, name, group, reason, requestedBy } = flags;
  const wanted = {
    who,
    tenant,
    actions: action,
    resource: { kind, ...(name !== undefined && { id: name }), ...(group !== undefined && { group }) },
    until: new Date(Date.now() + flags.hours * HOUR_MS).toISOString(),
    reason,
    requestedBy,
    via: 'terminal',
  };
  return withClient<StoredGrant>(flags, terminal, {
    ask: (client) => client.post('/access/grants', wanted),
    tell: ({ id, until }) => {
      terminal.err(`granted to ${oneLine(who)} until ${until}:\n`);
      return terminal.out(`${id}\n`);
    },
  });
}

async function revoke(id: string, flags: RevokeFlags, terminal: Terminal): Promise<number> {
  if (!GRANT_ID.test(id)) return misuse('no id of a grant', flags, terminal);
  const { reason = '' } = flags;
  if (reason.length > REASON_MAX_CHARS)
    return misuse(`a reason has ${REASON_MAX_CHARS} characters at most`, flags, terminal);
  return withClient<StoredGrant>(flags, terminal, {
    ask: (client) => client.post(`/access/grants/${id}`, { step: 'revoked', reason, via: 'terminal' }),
    tell: ({ who }) => terminal.err(`revoked: ${oneLine(who)} has it no more\n`),
  });
}

function list(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withClient<{ grants: readonly StoredGrant[] }>(flags, terminal, {
    ask: (client) => everyPage(client, '/access/grants', 'grants'),
    tell: ({ grants }) => {
      const titles = [
        'grant',
        'who',
        'tenant',
        'actions',
        'on',
        'until',
        'status',
        'requested by',
        'approved by',
        'reason',
      ];
      const rows = grants.map((each) =>
        [
          each.id,
          each.who,
          each.tenant,
          each.actions.join(','),
          described(each.resource),
          each.until,
          statusOf(each, Date.now()),
          each.requestedBy,
          each.approvedBy,
          each.reason,
        ].map(cell),
      );
      return terminal.out(wordTable(titles, rows));
    },
  });
}

function described({ kind, id, group }: StoredGrant['resource']): string {
  return [kind, id ?? '*', ...(group === undefined ? [] : [`in ${group}`])].join(' ');
}

function statusOf({ revokedAt, from, until }: StoredGrant, nowMs: number): string {
  if (revokedAt !== undefined) return 'revoked';
  if (Date.parse(until) <= nowMs) return 'expired';
  return nowMs < Date.parse(from) ? 'to come' : 'in force';
}
