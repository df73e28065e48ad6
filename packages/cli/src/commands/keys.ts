import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CHECKPOINTS, type Checkpoint, type Principal, SallyportError, type Scope } from '@sallyport/core';
import {
  type GatewayKeys,
  KEY_NAME,
  type KeyTerms,
  OVERLAP_MAX_MS,
  openGatewayKeys,
  scopeSchema,
  thumbprintOf,
} from '@sallyport/runtime';
import { type Command, Option } from 'commander';
import {
  type Cli,
  CONFIG_FLAG,
  type ConfigFlags,
  configOr,
  DATA_FLAG,
  JSON_FLAG,
  misuse,
  printJson,
} from '../command.ts';
import { durationMs, timeAfter } from '../duration.ts';
import { EXIT } from '../exit-code.ts';
import { textTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface CreateFlags extends ConfigFlags {
  readonly group?: readonly string[];
  readonly tenant?: string;
  readonly kind: Principal['kind'];
  readonly route?: readonly string[];
  readonly model?: readonly string[];
  readonly tool?: readonly string[];
  readonly checkpoint?: readonly Checkpoint[];
  readonly expires?: string;
  readonly certificate?: string;
}

interface RotateFlags extends ConfigFlags {
  readonly overlap: string;
  readonly expires?: string;
}

export const EXPIRES = [
  '--expires <time>',
  'when it ends: `90d`, `12h`, `30m`, or a time such as 2027-01-31T00:00:00Z',
] as const;

export function addKeysCommand({ program, terminal, run }: Cli): void {
  const keys = program.command('keys').description('gateway keys: what clients authenticate with');
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
    .addOption(new Option('--checkpoint <checkpoint...>', 'where content may stand').choices([...CHECKPOINTS]))
    .option(...EXPIRES)
    .option('--certificate <file>', 'PEM file of the client certificate that it is bound to')
    .action(run((name: string, flags: CreateFlags) => create(name, flags, terminal)));
  withStore(
    keys
      .command('rotate')
      .description('give a key another secret, shown once; the old one works on for a while')
      .argument('<name>'),
  )
    .option('--overlap <duration>', 'how long the old secret works too: `24h`, `30m`, `0m`; up to 90 days', '24h')
    .option(...EXPIRES)
    .action(run((name: string, flags: RotateFlags) => rotate(name, flags, terminal)));
  withStore(keys.command('list').description('all keys, revoked ones too, without their secrets')).action(
    run((flags: ConfigFlags) => list(flags, terminal)),
  );
  withStore(
    keys.command('revoke').description('end a key; a running gateway follows within a second').argument('<name>'),
  ).action(run((name: string, flags: ConfigFlags) => revoke(name, flags, terminal)));
}

/** The flags of a command that works on the data folder itself. */
export function withStore(command: Command): Command {
  return command
    .option(...DATA_FLAG)
    .option(...CONFIG_FLAG)
    .option(...JSON_FLAG);
}

async function withKeys(
  flags: ConfigFlags,
  terminal: Terminal,
  body: (keys: GatewayKeys) => Promise<number>,
): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const keys = openGatewayKeys(config.data);
  try {
    return await body(keys);
  } finally {
    keys.close();
  }
}

async function create(name: string, flags: CreateFlags, terminal: Terminal): Promise<number> {
  const { group = [], tenant = 'default', kind } = flags;
  for (const word of [name, tenant, ...group]) {
    if (!KEY_NAME.test(word))
      return misuse('a name, tenant or group is 1 to 63 of `a-z 0-9 . _ -`, a letter or digit first', flags, terminal);
  }
  const terms = termsOf(flags, terminal);
  if (typeof terms === 'string') return misuse(terms, flags, terminal);
  return withKeys(flags, terminal, async (keys) => {
    const made = madeOrTaken(keys, { name, kind, tenant, groups: group, terms });
    if (made === undefined) {
      terminal.err(`error: a key named \`${name}\` exists; names are never given twice\n`);
      if (flags.json === true) await printJson(terminal, { ok: false, problems: [{ path: 'name', message: 'taken' }] });
      return EXIT.negative;
    }
    if (flags.json === true) await printJson(terminal, made);
    else {
      terminal.err(`key \`${name}\` was made; this is its secret, shown this once:\n`);
      await terminal.out(`${made.secret}\n`);
    }
    return EXIT.ok;
  });
}

/** What the flags narrow the key to, or what is wrong with them. */
function termsOf(flags: CreateFlags, terminal: Terminal): KeyTerms | string {
  const { route: routes, model: models, tool: tools, checkpoint: checkpoints, expires, certificate: file } = flags;
  const narrowed = Object.entries({ routes, models, tools, checkpoints }).filter(([, list]) => list !== undefined);
  const scope = narrowed.length === 0 ? undefined : scopeSchema.safeParse(Object.fromEntries(narrowed));
  if (scope?.success === false)
    return 'a scope has up to 64 patterns of each kind, 1 to 200 visible ASCII characters each';
  const expiresAt = expires === undefined ? undefined : timeAfter(expires, Date.now());
  if (expires !== undefined && expiresAt === undefined) return 'no time to come: `--expires`';
  const certificate = file === undefined ? undefined : thumbprintIn(file, terminal);
  if (file !== undefined && certificate === undefined) return 'no certificate in PEM form: `--certificate`';
  return {
    ...(scope !== undefined && { scope: scope.data }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(certificate !== undefined && { certificate }),
  };
}

/** Of the certificate in a file, SHA-256 in base64url. */
export function thumbprintIn(file: string, { cwd }: Pick<Terminal, 'cwd'>): string | undefined {
  try {
    return thumbprintOf(new X509Certificate(readFileSync(resolve(cwd, file))));
  } catch {
    return undefined;
  }
}

async function rotate(name: string, flags: RotateFlags, terminal: Terminal): Promise<number> {
  const overlapMs = durationMs(flags.overlap);
  if (overlapMs === undefined || overlapMs > OVERLAP_MAX_MS)
    return misuse('no duration up to 90 days: `--overlap`', flags, terminal);
  const expiresAt = flags.expires === undefined ? undefined : timeAfter(flags.expires, Date.now());
  if (flags.expires !== undefined && expiresAt === undefined)
    return misuse('no time to come: `--expires`', flags, terminal);
  return withKeys(flags, terminal, async (keys) => {
    const rotated = keys.rotate(name, { overlapMs, expiresAt });
    if (rotated === undefined) {
      terminal.err(`error: no key \`${name}\` is in force\n`);
      if (flags.json === true)
        await printJson(terminal, { ok: false, problems: [{ path: 'name', message: 'unknown' }] });
      return EXIT.negative;
    }
    if (flags.json === true) await printJson(terminal, rotated);
    else {
      terminal.err(
        `key \`${name}\` has a new secret, shown this once; the old one works until ${rotated.previousUntil}:\n`,
      );
      await terminal.out(`${rotated.secret}\n`);
    }
    return EXIT.ok;
  });
}

/** Nothing where the name was given already. */
export function madeOrTaken(
  keys: GatewayKeys,
  key: Parameters<GatewayKeys['create']>[0],
): ReturnType<GatewayKeys['create']> | undefined {
  try {
    return keys.create(key);
  } catch (error) {
    if (error instanceof SallyportError && error.code === 'KEY_NAME_TAKEN') return undefined;
    throw error;
  }
}

function list(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withKeys(flags, terminal, async (keys) => {
    const all = keys.list();
    if (flags.json === true) await printJson(terminal, { keys: all });
    else {
      const rows = all.map(({ name, principal, createdAt, scope, expiresAt, lastUsed, revokedAt }) => [
        name,
        principal.kind,
        principal.tenant,
        principal.groups.join(','),
        scopeText(scope),
        createdAt,
        expiresAt ?? '-',
        lastUsed ?? '-',
        revokedAt ?? '-',
      ]);
      const titles = ['name', 'kind', 'tenant', 'groups', 'scope', 'created', 'expires', 'last used', 'revoked'];
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

function scopeText(scope: Scope | undefined): string {
  const parts = Object.entries(scope ?? {}).map(([part, list]) => `${part}=${list.join(',')}`);
  return parts.length === 0 ? '-' : parts.join(' ');
}

function revoke(name: string, flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withKeys(flags, terminal, async (keys) => {
    const revoked = keys.revoke(name);
    if (flags.json === true) await printJson(terminal, { name, revoked });
    else terminal.err(revoked ? `key \`${name}\` is revoked\n` : `error: no key \`${name}\` is in force\n`);
    return revoked ? EXIT.ok : EXIT.negative;
  });
}
