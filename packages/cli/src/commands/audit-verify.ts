import { resolve } from 'node:path';
import type { TreeHead } from '@sallyport/core';
import {
  type Checkpoint,
  checkTiles,
  type LogReport,
  parseCheckpoint,
  readPublicKey,
  type TilesReport,
  type TrailVerification,
} from '@sallyport/runtime';
import type { Command } from 'commander';
import { checkpointsOf, collected, textOf, vkeyOf, vkeysOf, withTrail } from '../audit-command.ts';
import { type Cli, type ConfigFlags, JSON_FLAG, misuse, printJson, withStore } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';

interface VerifyFlags extends ConfigFlags {
  readonly publicKey?: string;
  readonly vkey?: string;
  readonly head?: readonly string[];
  readonly witness?: readonly string[];
  readonly archive?: string;
}

interface TilesFlags {
  readonly vkey: string;
  readonly witness?: readonly string[];
  readonly head?: readonly string[];
  readonly json?: boolean;
}

export const VKEY = "the log's key, `name+id+key`, or a file that holds it";
export const WITNESS = [
  '--witness <key>',
  'key of a witness, or a file that holds it; may be given again',
  collected,
] as const;
export const HEAD = [
  '--head <file>',
  'checkpoint kept elsewhere: the copy of the log must hold what it covers; may be given again',
  collected,
] as const;

export function addVerifyCommands(audit: Command, { terminal, run }: Cli): void {
  withStore(
    audit
      .command('verify')
      .description('recompute the whole log; exit code 1 when a leaf was edited, removed or moved'),
  )
    .option('--public-key <file>', "PEM file with the log's public key, kept elsewhere (default: the data folder's)")
    .option('--vkey <key>', `${VKEY}, in its place`)
    .option(
      '--head <file>',
      'checkpoint, or JSON file with signed heads, kept elsewhere: the log must still hold what they cover; may be given again',
      collected,
    )
    .option(...WITNESS)
    .option('--archive <folder>', 'folder of the archive: check the leaves in it too')
    .action(run((flags: VerifyFlags) => verify(flags, terminal)));
  audit
    .command('verify-tiles')
    .description('check a folder of tiles against its checkpoint; needs no data folder')
    .argument('<folder>', 'what `audit export --tiles` wrote, or the archive')
    .requiredOption('--vkey <key>', VKEY)
    .option(...WITNESS)
    .option(...HEAD)
    .option(...JSON_FLAG)
    .action(run((folder: string, flags: TilesFlags) => verifyTiles(folder, flags, terminal)));
}

async function verify(flags: VerifyFlags, terminal: Terminal): Promise<number> {
  const given = verificationOf(flags, terminal);
  if (typeof given === 'string') return misuse(given, flags, terminal);
  return withTrail(flags, terminal, async (trail) => {
    const progress = new Progress(terminal, 'verify', { total: trail.size });
    const report = await trail.verify({ ...given, onProgress: (leaves) => progress.reach(leaves) });
    progress.clear();
    if (flags.json === true) await printJson(terminal, report);
    else await terminal.out(describeReport(report));
    return report.ok ? EXIT.ok : EXIT.negative;
  });
}

/** What the flags ask for, or what is wrong with them. */
function verificationOf(flags: VerifyFlags, terminal: Terminal): TrailVerification | string {
  const { publicKey, vkey, archive } = flags;
  const files = (flags.head ?? []).map((file) => headsIn(resolve(terminal.cwd, file)));
  if (!files.every((heads) => heads !== undefined)) return '--head names no file with a checkpoint or signed heads';
  const key = vkey === undefined ? undefined : vkeyOf(vkey, terminal);
  if (vkey !== undefined && key === undefined) return '--vkey is no key of a log, nor a file that holds one';
  const witnesses = vkeysOf(flags.witness ?? [], terminal);
  if (witnesses === undefined) return '--witness is no key, nor a file that holds one';
  return {
    publicKey:
      key?.publicKey ?? (publicKey === undefined ? undefined : readPublicKey(resolve(terminal.cwd, publicKey))),
    ...(key !== undefined && { origin: key.name }),
    known: files.flatMap(({ known }) => known),
    checkpoints: files.flatMap(({ checkpoints }) => checkpoints),
    witnesses,
    archive: archive === undefined ? undefined : resolve(terminal.cwd, archive),
  };
}

interface KeptHeads {
  readonly known: readonly TreeHead[];
  readonly checkpoints: readonly Checkpoint[];
}

function headsIn(file: string): KeptHeads | undefined {
  const text = textOf(file);
  const checkpoint = text === undefined ? undefined : parseCheckpoint(text);
  if (checkpoint !== undefined) return { known: [], checkpoints: [checkpoint] };
  try {
    const value: unknown = JSON.parse(text ?? '');
    const heads: readonly unknown[] = Array.isArray(value) ? value : [value];
    return heads.every(isHead) ? { known: heads, checkpoints: [] } : undefined;
  } catch {
    return undefined;
  }
}

function isHead(value: unknown): value is TreeHead {
  if (typeof value !== 'object' || value === null) return false;
  const { size, root, at, origin, signature } = value as Record<string, unknown>;
  return Number.isSafeInteger(size) && [root, at, origin, signature].every((field) => typeof field === 'string');
}

function describeReport(report: LogReport): string {
  const { ok, leaves, archived, heads, unsealed, firstBad, witnessed, head } = report;
  const lines = [...verdict(ok, 'log', report)];
  if (firstBad !== undefined) lines.push(`first bad leaf: ${firstBad.index} (${firstBad.why})`);
  lines.push(`leaves ${leaves}, of them not sealed yet ${unsealed}; archived: ${archived}; signed heads ${heads}`);
  for (const { witness, size, at } of witnessed) lines.push(`${witness} vouches for ${size} leaves since ${at}`);
  if (head !== undefined) lines.push(`last good head: ${JSON.stringify(head)}`);
  return `${lines.join('\n')}\n`;
}

interface Problems {
  readonly problems: readonly { readonly kind: string }[];
  readonly problemsTotal: number;
}

function verdict(ok: boolean, what: string, { problems, problemsTotal }: Problems): readonly string[] {
  const head = ok
    ? `the ${what} is whole`
    : `the ${what} is NOT whole: ${problemsTotal} ${problemsTotal === 1 ? 'problem' : 'problems'}`;
  const each = problems.map(({ kind, ...where }) => {
    const places = Object.entries(where).map(([name, value]) => `${name} ${value}`);
    return `  ${[kind, ...places].join(' ')}`;
  });
  return [head, ...each];
}

async function verifyTiles(folder: string, flags: TilesFlags, terminal: Terminal): Promise<number> {
  const log = vkeyOf(flags.vkey, terminal);
  const witnesses = vkeysOf(flags.witness ?? [], terminal);
  if (log === undefined) return misuse('--vkey is no key of a log, nor a file that holds one', flags, terminal);
  if (witnesses === undefined) return misuse('--witness is no key, nor a file that holds one', flags, terminal);
  const kept = checkpointsOf(flags.head ?? [], terminal);
  if (kept === undefined) return misuse('--head names no file with a checkpoint', flags, terminal);
  const progress = new Progress(terminal, 'verify', { total: 0 });
  const report: TilesReport = await checkTiles(resolve(terminal.cwd, folder), {
    log,
    witnesses,
    kept,
    onProgress: (leaves) => progress.reach(leaves),
  });
  progress.clear();
  if (flags.json === true) await printJson(terminal, report);
  else await terminal.out(`${[...verdict(report.ok, 'folder', report), `leaves ${report.leaves}`].join('\n')}\n`);
  return report.ok ? EXIT.ok : EXIT.negative;
}
