import {
  ADMIN_NAME,
  type GatewayKeys,
  isRole,
  KEY_NAME,
  OPERATOR_ROLES,
  type OperatorRole,
  OVERLAP_MAX_MS,
  openOperatorTokens,
  operatorKey,
  shownOperator,
} from '@sallyport/runtime';
import { Option } from 'commander';
import { type Cli, type ConfigFlags, configOr, misuse, printJson } from '../command.ts';
import { durationMs, timeAfter } from '../duration.ts';
import { EXIT } from '../exit-code.ts';
import { textTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { EXPIRES, madeOrTaken, thumbprintIn, withStore } from './keys.ts';

interface CreateFlags extends ConfigFlags {
  readonly role: readonly string[];
  readonly expires?: string;
  readonly certificate?: string;
}

interface RotateFlags extends ConfigFlags {
  readonly overlap: string;
  readonly expires?: string;
}

export function addOperatorsCommand({ program, terminal, run }: Cli): void {
  const operators = program.command('operators').description('operators: who may ask the admin API what');
  withStore(
    operators
      .command('create')
      .description('make an operator; the token is shown once')
      .argument('<name>', 'name by which records know them'),
  )
    .addOption(
      new Option('--role <role...>', 'what they may do').choices([...OPERATOR_ROLES]).makeOptionMandatory(true),
    )
    .option(...EXPIRES)
    .option('--certificate <file>', 'PEM file of the client certificate that the token is bound to')
    .action(run((name: string, flags: CreateFlags) => create(name, flags, terminal)));
  withStore(
    operators
      .command('rotate')
      .description('give an operator another token, shown once; the old one works on for a while')
      .argument('<name>'),
  )
    .option('--overlap <duration>', 'how long the old token works too: `24h`, `30m`, `0m`; up to 90 days', '0m')
    .option(...EXPIRES)
    .action(run((name: string, flags: RotateFlags) => rotate(name, flags, terminal)));
  withStore(operators.command('list').description('all operators with tokens, revoked ones too')).action(
    run((flags: ConfigFlags) => list(flags, terminal)),
  );
  withStore(
    operators
      .command('revoke')
      .description('end an operator; a running gateway follows within a second')
      .argument('<name>'),
  ).action(run((name: string, flags: ConfigFlags) => revoke(name, flags, terminal)));
}

async function withTokens(
  flags: ConfigFlags,
  terminal: Terminal,
  body: (tokens: GatewayKeys) => Promise<number>,
): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const tokens = openOperatorTokens(config.data);
  try {
    return await body(tokens);
  } finally {
    tokens.close();
  }
}

async function create(name: string, flags: CreateFlags, terminal: Terminal): Promise<number> {
  if (!KEY_NAME.test(name) || name === ADMIN_NAME)
    return misuse(
      `a name is 1 to 63 of \`a-z 0-9 . _ -\`, a letter or digit first, and not \`${ADMIN_NAME}\``,
      flags,
      terminal,
    );
  const expiresAt = flags.expires === undefined ? undefined : timeAfter(flags.expires, Date.now());
  if (flags.expires !== undefined && expiresAt === undefined)
    return misuse('no time to come: `--expires`', flags, terminal);
  const certificate = flags.certificate === undefined ? undefined : thumbprintIn(flags.certificate, terminal);
  if (flags.certificate !== undefined && certificate === undefined)
    return misuse('no certificate in PEM form: `--certificate`', flags, terminal);
  const terms = { ...(expiresAt !== undefined && { expiresAt }), ...(certificate !== undefined && { certificate }) };
  const roles: readonly OperatorRole[] = flags.role.filter(isRole);
  return withTokens(flags, terminal, async (tokens) => {
    const made = madeOrTaken(tokens, operatorKey({ name, roles, terms }));
    if (made === undefined) {
      terminal.err(`error: an operator named \`${name}\` exists; names are never given twice\n`);
      if (flags.json === true) await printJson(terminal, { ok: false, problems: [{ path: 'name', message: 'taken' }] });
      return EXIT.negative;
    }
    const { secret: token, principal, ...said } = made;
    if (flags.json === true) await printJson(terminal, { ...said, roles: principal.groups, token });
    else {
      terminal.err(`operator \`${name}\` was made; this is the token, shown this once:\n`);
      await terminal.out(`${token}\n`);
    }
    return EXIT.ok;
  });
}

async function rotate(name: string, flags: RotateFlags, terminal: Terminal): Promise<number> {
  const overlapMs = durationMs(flags.overlap);
  if (overlapMs === undefined || overlapMs > OVERLAP_MAX_MS)
    return misuse('no duration up to 90 days: `--overlap`', flags, terminal);
  const expiresAt = flags.expires === undefined ? undefined : timeAfter(flags.expires, Date.now());
  if (flags.expires !== undefined && expiresAt === undefined)
    return misuse('no time to come: `--expires`', flags, terminal);
  return withTokens(flags, terminal, async (tokens) => {
    const rotated = tokens.rotate(name, { overlapMs, expiresAt });
    if (rotated === undefined) {
      terminal.err(`error: no operator \`${name}\` is in force\n`);
      if (flags.json === true)
        await printJson(terminal, { ok: false, problems: [{ path: 'name', message: 'unknown' }] });
      return EXIT.negative;
    }
    const { secret: token, previousUntil } = rotated;
    if (flags.json === true) await printJson(terminal, { name, token, previousUntil });
    else {
      terminal.err(
        `operator \`${name}\` has a new token, shown this once; the old one works until ${previousUntil}:\n`,
      );
      await terminal.out(`${token}\n`);
    }
    return EXIT.ok;
  });
}

function list(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withTokens(flags, terminal, async (tokens) => {
    const operators = tokens.list().map(shownOperator);
    if (flags.json === true) await printJson(terminal, { operators });
    else {
      const rows = operators.map(({ name, roles, createdAt, expiresAt, lastUsed, revokedAt }) => [
        name,
        roles.join(','),
        createdAt,
        expiresAt ?? '-',
        lastUsed ?? '-',
        revokedAt ?? '-',
      ]);
      const titles = ['name', 'roles', 'created', 'expires', 'last used', 'revoked'];
      await terminal.out(
        textTable(
          titles.map((title) => ({ title, align: 'left' })),
          rows,
        ),
      );
    }
    return EXIT.ok;
  });
}

function revoke(name: string, flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withTokens(flags, terminal, async (tokens) => {
    const revoked = tokens.revoke(name);
    if (flags.json === true) await printJson(terminal, { name, revoked });
    else terminal.err(revoked ? `operator \`${name}\` is revoked\n` : `error: no operator \`${name}\` is in force\n`);
    return revoked ? EXIT.ok : EXIT.negative;
  });
}
