import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type AuditTrail, checkGrowth, checkProof, type ProvedLeaf, parseCheckpoint } from '@sallyport/runtime';
import type { Command } from 'commander';
import { bytesOf, textOf, vkeyOf, vkeysOf, withTrail } from '../audit-command.ts';
import { type Cli, type ConfigFlags, JSON_FLAG, misuse, printJson, withStore } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { VKEY, WITNESS } from './audit-verify.ts';

interface ProveFlags extends ConfigFlags {
  readonly out: string;
  readonly archive?: string;
}

interface GrowthFlags extends ConfigFlags {
  readonly head: string;
}

interface ProofFlags {
  readonly leaf?: string;
  readonly since?: string;
  readonly vkey: string;
  readonly witness?: readonly string[];
  readonly json?: boolean;
}

const INDEX = /^\d{1,15}$/;

export function addProofCommands(audit: Command, { terminal, run }: Cli): void {
  withStore(audit.command('checkpoint').description('print the last signed head as a C2SP checkpoint')).action(
    run((flags: ConfigFlags) => checkpoint(flags, terminal)),
  );
  withStore(
    audit
      .command('prove')
      .description('write records with proofs that they are in the log: `<index>.leaf` and `<index>.tlog-proof`')
      .argument('<what>', 'id of an exchange, or index of one record'),
  )
    .option('--out <folder>', 'where to', '.')
    .option('--archive <folder>', 'folder of the archive, for a record that was archived')
    .action(run((what: string, flags: ProveFlags) => prove(what, flags, terminal)));
  withStore(
    audit.command('prove-growth').description('print a proof that the log begins with what an older head covers'),
  )
    .requiredOption('--head <file>', 'the older checkpoint')
    .action(run((flags: GrowthFlags) => proveGrowth(flags, terminal)));
  audit
    .command('verify-proof')
    .description('check a proof offline, with the files and the keys alone; exit code 1 when it does not hold')
    .argument('<file>', 'the proof')
    .option('--leaf <file>', 'the record, as `audit prove` wrote it')
    .option('--since <file>', 'older checkpoint, for a proof of `audit prove-growth`')
    .requiredOption('--vkey <key>', VKEY)
    .option(...WITNESS)
    .option(...JSON_FLAG)
    .action(run((file: string, flags: ProofFlags) => verifyProof(file, flags, terminal)));
}

function checkpoint(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withTrail(flags, terminal, async (trail) => {
    const text = trail.checkpoint();
    if (text === undefined) terminal.err('error: the log has no head yet\n');
    if (flags.json === true) await printJson(terminal, { checkpoint: text, vkey: trail.vkey() });
    else await terminal.out(text ?? '');
    return text === undefined ? EXIT.negative : EXIT.ok;
  });
}

function prove(what: string, flags: ProveFlags, terminal: Terminal): Promise<number> {
  return withTrail(flags, terminal, async (trail) => {
    const indexes = INDEX.test(what) ? [Number(what)] : indexesOf(what, trail);
    if (indexes.length === 0) {
      terminal.err(`error: no exchange \`${what}\` is in the log; what was archived is found by its index\n`);
      return EXIT.negative;
    }
    const archive = flags.archive === undefined ? undefined : resolve(terminal.cwd, flags.archive);
    const proved: ProvedLeaf[] = [];
    for (const index of indexes) proved.push(await trail.prove(index, archive));
    const folder = resolve(terminal.cwd, flags.out);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const files = proved.map(({ index, leaf, proof }) => {
      writeFileSync(join(folder, `${index}.leaf`), leaf, { mode: 0o600 });
      writeFileSync(join(folder, `${index}.tlog-proof`), proof, { mode: 0o600 });
      return { index, leaf: `${index}.leaf`, proof: `${index}.tlog-proof` };
    });
    if (flags.json === true) await printJson(terminal, { files });
    else await terminal.out(files.map(({ leaf, proof }) => `${leaf} ${proof}\n`).join(''));
    return EXIT.ok;
  });
}

function indexesOf(exchange: string, trail: AuditTrail): readonly number[] {
  return Array.from(trail.records({ exchange }), ({ index }) => index);
}

async function proveGrowth(flags: GrowthFlags, terminal: Terminal): Promise<number> {
  const old = parseCheckpoint(textOf(resolve(terminal.cwd, flags.head)) ?? '');
  if (old === undefined) return misuse('--head names no file with a checkpoint', flags, terminal);
  return withTrail(flags, terminal, async (trail) => {
    const proof = trail.proveGrowth(old.size);
    if (flags.json === true) await printJson(terminal, { proof });
    else await terminal.out(proof);
    return EXIT.ok;
  });
}

async function verifyProof(file: string, flags: ProofFlags, terminal: Terminal): Promise<number> {
  const problems = proofProblems(file, flags, terminal);
  if (typeof problems === 'string') return misuse(problems, flags, terminal);
  const ok = problems.length === 0;
  if (flags.json === true) await printJson(terminal, { ok, problems });
  else await terminal.out(ok ? 'the proof holds\n' : `the proof does NOT hold: ${problems.join(', ')}\n`);
  return ok ? EXIT.ok : EXIT.negative;
}

/** What is wrong with the proof, or with the flags. */
function proofProblems(file: string, flags: ProofFlags, terminal: Terminal): readonly string[] | string {
  const log = vkeyOf(flags.vkey, terminal);
  if (log === undefined) return '--vkey is no key of a log, nor a file that holds one';
  const witnesses = vkeysOf(flags.witness ?? [], terminal);
  if (witnesses === undefined) return '--witness is no key, nor a file that holds one';
  const text = textOf(resolve(terminal.cwd, file));
  if (text === undefined) return 'the proof is no file that can be read';
  if (flags.since !== undefined) {
    const old = parseCheckpoint(textOf(resolve(terminal.cwd, flags.since)) ?? '');
    return old === undefined ? '--since names no file with a checkpoint' : checkGrowth(text, old, log);
  }
  const leaf = flags.leaf === undefined ? undefined : bytesOf(resolve(terminal.cwd, flags.leaf));
  return leaf === undefined ? '--leaf or --since must name a file' : checkProof(text, { leaf, log, witnesses });
}
