import { CHECKPOINTS, type Checkpoint, type Principal, type Scope } from '@sallyport/core';
import { type GatewayKeys, KEY_NAME, type KeyTerms, openGatewayKeys, scopeSchema } from '@sallyport/runtime';
import { Option } from 'commander';
import { type Cli, misuse, withStore } from '../command.ts';
import {
  addCredentialCommands,
  type CredentialKind,
  createCredential,
  type ListedCredentials,
  type TermFlags,
  termsOf,
  withTerms,
} from '../credential-command.ts';
import type { Terminal } from '../terminal.ts';

const KEY: CredentialKind = {
  noun: 'key',
  article: 'a',
  secret: 'secret',
  overlap: '24h',
  all: 'all keys, revoked ones too, without their secrets',
  open: openGatewayKeys,
  listed,
};

interface CreateFlags extends TermFlags {
  readonly group?: readonly string[];
  readonly tenant?: string;
  readonly kind: Principal['kind'];
  readonly route?: readonly string[];
  readonly model?: readonly string[];
  readonly tool?: readonly string[];
  readonly checkpoint?: readonly Checkpoint[];
}

export function addKeysCommand({ program, terminal, run }: Cli): void {
  const keys = program.command('keys').description('gateway keys: what clients authenticate with');
  withTerms(
    withStore(
      keys
        .command('create')
        .description('make a key; its secret is shown once')
        .argument('<name>', 'name of the key and of its principal'),
    )
      .option('--group <group...>', 'groups of the principal, for policies')
      .option('--tenant <tenant>', 'tenant of the principal (default: default)')
      .addOption(
        new Option('--kind <kind>', 'what the principal is').choices(['user', 'service', 'agent']).default('service'),
      )
      .option('--route <pattern...>', 'routes that it reaches; `*` stands for any characters')
      .option('--model <pattern...>', 'models that it reaches')
      .option('--tool <pattern...>', 'tools that may be offered and called with it')
      .addOption(new Option('--checkpoint <checkpoint...>', 'where content may stand').choices([...CHECKPOINTS])),
    KEY,
  ).action(run((name: string, flags: CreateFlags) => create(name, flags, terminal)));
  addCredentialCommands(keys, KEY, { terminal, run });
}

async function create(name: string, flags: CreateFlags, terminal: Terminal): Promise<number> {
  const { group = [], tenant = 'default', kind } = flags;
  for (const word of [name, tenant, ...group]) {
    if (!KEY_NAME.test(word))
      return misuse('a name, tenant or group is 1 to 63 of `a-z 0-9 . _ -`, a letter or digit first', flags, terminal);
  }
  const terms = keyTerms(flags, terminal);
  if (typeof terms === 'string') return misuse(terms, flags, terminal);
  const key = { name, kind, tenant, groups: group, terms };
  return createCredential(key, { kind: KEY, flags, terminal }, (made) => made);
}

/** What the flags narrow the key to, or what is wrong with them. */
function keyTerms(flags: CreateFlags, terminal: Terminal): KeyTerms | string {
  const { route: routes, model: models, tool: tools, checkpoint: checkpoints } = flags;
  const narrowed = Object.entries({ routes, models, tools, checkpoints }).filter(([, list]) => list !== undefined);
  const scope = narrowed.length === 0 ? undefined : scopeSchema.safeParse(Object.fromEntries(narrowed));
  if (scope?.success === false)
    return 'a scope has up to 64 patterns of each kind, 1 to 200 visible ASCII characters each';
  const terms = termsOf(flags, terminal);
  return typeof terms === 'string' ? terms : { ...(scope !== undefined && { scope: scope.data }), ...terms };
}

function listed(credentials: GatewayKeys): ListedCredentials {
  const keys = credentials.list();
  return {
    document: { keys },
    titles: ['name', 'kind', 'tenant', 'groups', 'scope', 'created', 'expires', 'last used', 'revoked'],
    rows: keys.map(({ name, principal, createdAt, scope, expiresAt, lastUsed, revokedAt }) => [
      name,
      principal.kind,
      principal.tenant,
      principal.groups.join(','),
      scopeText(scope),
      createdAt,
      expiresAt ?? '-',
      lastUsed ?? '-',
      revokedAt ?? '-',
    ]),
  };
}

function scopeText(scope: Scope | undefined): string {
  const parts = Object.entries(scope ?? {}).map(([part, list]) => `${part}=${list.join(',')}`);
  return parts.length === 0 ? '-' : parts.join(' ');
}
