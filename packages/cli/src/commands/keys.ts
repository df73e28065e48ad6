import { type Principal, SallyportError } from '@sallyport/core';
import { type GatewayKeys, KEY_NAME, type KeyOwner, openGatewayKeys } from '@sallyport/runtime';
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
import { EXIT } from '../exit-code.ts';
import { textTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface CreateFlags extends ConfigFlags {
  readonly group?: readonly string[];
  readonly tenant?: string;
  readonly kind: Principal['kind'];
}

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
    .action(run((name: string, flags: CreateFlags) => create(name, flags, terminal)));
  withStore(keys.command('list').description('all keys, revoked ones too, without their secrets')).action(
    run((flags: ConfigFlags) => list(flags, terminal)),
  );
  withStore(
    keys.command('revoke').description('end a key; a running gateway follows within a second').argument('<name>'),
  ).action(run((name: string, flags: ConfigFlags) => revoke(name, flags, terminal)));
}

function withStore(command: Command): Command {
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
  return withKeys(flags, terminal, async (keys) => {
    const made = makeKey(keys, name, { kind, tenant, groups: group });
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

function makeKey(keys: GatewayKeys, name: string, owner: KeyOwner) {
  try {
    return keys.create(name, owner);
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
      const rows = all.map(({ name, principal, createdAt, revokedAt }) => [
        name,
        principal.kind,
        principal.tenant,
        principal.groups.join(','),
        createdAt,
        revokedAt ?? '-',
      ]);
      const titles = ['name', 'kind', 'tenant', 'groups', 'created', 'revoked'];
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
  return withKeys(flags, terminal, async (keys) => {
    const revoked = keys.revoke(name);
    if (flags.json === true) await printJson(terminal, { name, revoked });
    else terminal.err(revoked ? `key \`${name}\` is revoked\n` : `error: no key \`${name}\` is in force\n`);
    return revoked ? EXIT.ok : EXIT.negative;
  });
}
