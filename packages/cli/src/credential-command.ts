import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SallyportError } from '@sallyport/core';
import { type GatewayKeys, OVERLAP_MAX_MS, thumbprintOf } from '@sallyport/runtime';
import type { Command } from 'commander';
import { type Cli, type ConfigFlags, misuse, printJson, withOpened, withStore } from './command.ts';
import { durationMs, timeAfter } from './duration.ts';
import { EXIT } from './exit-code.ts';
import { wordTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** What commands make, turn and end: gateway keys, and tokens of operators. */
export interface CredentialKind {
  /** Whose it is, as sentences name it. */
  readonly noun: string;
  readonly article: 'a' | 'an';
  /** What is shown once. */
  readonly secret: 'secret' | 'token';
  /** For how long an old secret works on, where nobody says otherwise. */
  readonly overlap: string;
  /** What a list of all holds. */
  readonly all: string;
  readonly open: (dataFolder: string) => GatewayKeys;
  readonly listed: (credentials: GatewayKeys) => ListedCredentials;
}

export interface ListedCredentials {
  readonly document: object;
  /** The same for people. */
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A command on one kind, as it was called. */
export interface CredentialCall<Flags extends ConfigFlags = ConfigFlags> {
  readonly kind: CredentialKind;
  readonly flags: Flags;
  readonly terminal: Terminal;
}

export interface TermFlags extends ConfigFlags {
  readonly expires?: string;
  readonly certificate?: string;
}

interface RotateFlags extends ConfigFlags {
  readonly overlap: string;
  readonly expires?: string;
}

const EXPIRES = [
  '--expires <time>',
  'when it ends: `90d`, `12h`, `30m`, or a time such as 2027-01-31T00:00:00Z',
] as const;

export function withTerms(command: Command, { secret }: Pick<CredentialKind, 'secret'>): Command {
  const bound = secret === 'token' ? 'the token' : 'it';
  return command
    .option(...EXPIRES)
    .option('--certificate <file>', `PEM file of the client certificate that ${bound} is bound to`);
}

/** Adds what every kind has: `rotate`, `list` and `revoke`. */
export function addCredentialCommands(
  command: Command,
  kind: CredentialKind,
  { terminal, run }: Pick<Cli, 'terminal' | 'run'>,
): void {
  const { noun, article, secret, overlap } = kind;
  withStore(
    command
      .command('rotate')
      .description(`give ${article} ${noun} another ${secret}, shown once; the old one works on for a while`)
      .argument('<name>'),
  )
    .option(
      '--overlap <duration>',
      `how long the old ${secret} works too: \`24h\`, \`30m\`, \`0m\`; up to 90 days`,
      overlap,
    )
    .option(...EXPIRES)
    .action(run((name: string, flags: RotateFlags) => rotate(name, { kind, flags, terminal })));
  withStore(command.command('list').description(kind.all)).action(
    run((flags: ConfigFlags) => list({ kind, flags, terminal })),
  );
  withStore(
    command
      .command('revoke')
      .description(`end ${article} ${noun}; a running gateway follows within a second`)
      .argument('<name>'),
  ).action(run((name: string, flags: ConfigFlags) => revoke(name, { kind, flags, terminal })));
}

function withCredentials(
  { kind, flags, terminal }: CredentialCall,
  body: (credentials: GatewayKeys) => Promise<number>,
): Promise<number> {
  return withOpened({ flags, terminal, open: ({ data }) => kind.open(data) }, body);
}

/** When it ends and what it is bound to, or what is wrong with the flags. */
export function termsOf(
  { expires, certificate: file }: TermFlags,
  terminal: Pick<Terminal, 'cwd'>,
): { readonly expiresAt?: string; readonly certificate?: string } | string {
  const expiresAt = expires === undefined ? undefined : timeAfter(expires, Date.now());
  if (expires !== undefined && expiresAt === undefined) return NO_TIME;
  const certificate = file === undefined ? undefined : thumbprintIn(file, terminal);
  if (file !== undefined && certificate === undefined) return 'no certificate in PEM form: `--certificate`';
  return { ...(expiresAt !== undefined && { expiresAt }), ...(certificate !== undefined && { certificate }) };
}

const NO_TIME = 'no time to come: `--expires`';

/** Of the certificate in a file, SHA-256 in base64url. */
function thumbprintIn(file: string, { cwd }: Pick<Terminal, 'cwd'>): string | undefined {
  try {
    return thumbprintOf(new X509Certificate(readFileSync(resolve(cwd, file))));
  } catch {
    return undefined;
  }
}

type Made = ReturnType<GatewayKeys['create']>;

/** Makes one, and shows its secret this once. @param shown the same as a JSON document */
export function createCredential(
  key: Parameters<GatewayKeys['create']>[0],
  call: CredentialCall,
  shown: (made: Made) => object,
): Promise<number> {
  const { noun, article, secret } = call.kind;
  return withCredentials(call, async (credentials) => {
    const made = madeOrTaken(credentials, key);
    if (made === undefined)
      return refused(`${article} ${noun} named \`${key.name}\` exists; names are never given twice`, 'taken', call);
    const told = `${noun} \`${key.name}\` was made; this is the ${secret}, shown this once:\n`;
    return showOnce(call, { document: shown(made), told, secret: made.secret });
  });
}

/** Nothing where the name was given already. */
function madeOrTaken(credentials: GatewayKeys, key: Parameters<GatewayKeys['create']>[0]): Made | undefined {
  try {
    return credentials.create(key);
  } catch (error) {
    if (error instanceof SallyportError && error.code === 'KEY_NAME_TAKEN') return undefined;
    throw error;
  }
}

async function rotate(name: string, call: CredentialCall<RotateFlags>): Promise<number> {
  const { kind, flags, terminal } = call;
  const overlapMs = durationMs(flags.overlap);
  if (overlapMs === undefined || overlapMs > OVERLAP_MAX_MS)
    return misuse('no duration up to 90 days: `--overlap`', flags, terminal);
  const expiresAt = flags.expires === undefined ? undefined : timeAfter(flags.expires, Date.now());
  if (flags.expires !== undefined && expiresAt === undefined) return misuse(NO_TIME, flags, terminal);
  return withCredentials(call, async (credentials) => {
    const rotated = credentials.rotate(name, { overlapMs, expiresAt });
    if (rotated === undefined) return refused(`no ${kind.noun} \`${name}\` is in force`, 'unknown', call);
    const { secret, previousUntil } = rotated;
    const told = `${kind.noun} \`${name}\` has a new ${kind.secret}, shown this once; the old one works until ${previousUntil}:\n`;
    return showOnce(call, { document: { name, [kind.secret]: secret, previousUntil }, told, secret });
  });
}

function list(call: CredentialCall): Promise<number> {
  const { kind, flags, terminal } = call;
  return withCredentials(call, async (credentials) => {
    const { document, titles, rows } = kind.listed(credentials);
    if (flags.json === true) await printJson(terminal, document);
    else await terminal.out(wordTable(titles, rows));
    return EXIT.ok;
  });
}

function revoke(name: string, call: CredentialCall): Promise<number> {
  const { kind, flags, terminal } = call;
  return withCredentials(call, async (credentials) => {
    const revoked = credentials.revoke(name);
    if (flags.json === true) await printJson(terminal, { name, revoked });
    else
      terminal.err(
        revoked ? `${kind.noun} \`${name}\` is revoked\n` : `error: no ${kind.noun} \`${name}\` is in force\n`,
      );
    return revoked ? EXIT.ok : EXIT.negative;
  });
}

interface Shown {
  readonly document: object;
  readonly told: string;
  readonly secret: string;
}

async function showOnce({ flags, terminal }: CredentialCall, { document, told, secret }: Shown): Promise<number> {
  if (flags.json === true) await printJson(terminal, document);
  else {
    terminal.err(told);
    await terminal.out(`${secret}\n`);
  }
  return EXIT.ok;
}

async function refused(why: string, message: string, { flags, terminal }: CredentialCall): Promise<number> {
  terminal.err(`error: ${why}\n`);
  if (flags.json === true) await printJson(terminal, { ok: false, problems: [{ path: 'name', message }] });
  return EXIT.negative;
}
