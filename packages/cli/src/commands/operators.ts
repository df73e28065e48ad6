import {
  ADMIN_NAME,
  type GatewayKeys,
  isRole,
  KEY_NAME,
  OPERATOR_ROLES,
  openOperatorTokens,
  operatorKey,
  shownOperator,
} from '@sallyport/runtime';
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

const OPERATOR: CredentialKind = {
  noun: 'operator',
  article: 'an',
  secret: 'token',
  overlap: '0m',
  all: 'all operators with tokens, revoked ones too',
  open: openOperatorTokens,
  listed,
};

interface CreateFlags extends TermFlags {
  readonly role: readonly string[];
}

export function addOperatorsCommand({ program, terminal, run }: Cli): void {
  const operators = program.command('operators').description('operators: who may ask the admin API what');
  withTerms(
    withStore(
      operators
        .command('create')
        .description('make an operator; the token is shown once')
        .argument('<name>', 'name by which records know them'),
    ).addOption(
      new Option('--role <role...>', 'what they may do').choices([...OPERATOR_ROLES]).makeOptionMandatory(true),
    ),
    OPERATOR,
  ).action(run((name: string, flags: CreateFlags) => create(name, flags, terminal)));
  addCredentialCommands(operators, OPERATOR, { terminal, run });
}

async function create(name: string, flags: CreateFlags, terminal: Terminal): Promise<number> {
  if (!KEY_NAME.test(name) || name === ADMIN_NAME)
    return misuse(
      `a name is 1 to 63 of \`a-z 0-9 . _ -\`, a letter or digit first, and not \`${ADMIN_NAME}\``,
      flags,
      terminal,
    );
  const terms = termsOf(flags, terminal);
  if (typeof terms === 'string') return misuse(terms, flags, terminal);
  const key = operatorKey({ name, roles: flags.role.filter(isRole), terms });
  return createCredential(key, { kind: OPERATOR, flags, terminal }, ({ secret: token, principal, ...said }) => ({
    ...said,
    roles: principal.groups,
    token,
  }));
}

function listed(tokens: GatewayKeys): ListedCredentials {
  const operators = tokens.list().map(shownOperator);
  return {
    document: { operators },
    titles: ['name', 'roles', 'created', 'expires', 'last used', 'revoked'],
    rows: operators.map(({ name, roles, createdAt, expiresAt, lastUsed, revokedAt }) => [
      name,
      roles.join(','),
      createdAt,
      expiresAt ?? '-',
      lastUsed ?? '-',
      revokedAt ?? '-',
    ]),
  };
}
