import { resolve } from 'node:path';
import {
  builtInFrameworks,
  checkEvidence,
  type Evidence,
  type Framework,
  frameworkNamed,
  makeEvidence,
  type PackProblem,
  type PackReport,
  parseFramework,
} from '@sallyport/runtime';
import type { Command } from 'commander';
import { checkpointsOf, textOf, vkeyOf, vkeysOf } from '../audit-command.ts';
import { type Cli, type ConfigFlags, configOr, JSON_FLAG, misuse, printJson, withStore } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { oneLine } from '../gateway-command.ts';
import { momentOf } from '../moment.ts';
import { Progress } from '../progress.ts';
import { textTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { HEAD, VKEY, WITNESS } from './audit-verify.ts';

interface PackFlags extends ConfigFlags {
  readonly framework: string;
  readonly from: string;
  readonly to?: string;
  readonly out: string;
  readonly log: boolean;
}

interface VerifyFlags {
  readonly vkey: string;
  readonly witness?: readonly string[];
  readonly head?: readonly string[];
  readonly json?: boolean;
}

export function addEvidenceCommand({ program, terminal, run }: Cli): void {
  const evidence = program
    .command('evidence')
    .description('what speaks for the controls of a framework, as a folder that others check without the gateway');
  evidence
    .command('frameworks')
    .description('the frameworks that come with the product')
    .option(...JSON_FLAG)
    .action(run((flags: { readonly json?: boolean }) => frameworks(flags, terminal)));
  withStore(addPack(evidence)).action(run((flags: PackFlags) => pack(flags, terminal)));
  evidence
    .command('verify')
    .description('check a folder of evidence with the folder and the keys alone; exit code 1 when something is wrong')
    .argument('<folder>', 'what `evidence pack` wrote')
    .requiredOption('--vkey <key>', VKEY)
    .option(...WITNESS)
    .option(...HEAD)
    .option(...JSON_FLAG)
    .action(run((folder: string, flags: VerifyFlags) => verify(folder, flags, terminal)));
}

function addPack(evidence: Command): Command {
  return evidence
    .command('pack')
    .description('write the evidence of a period: a report, the policies in force, records with their proofs, the log')
    .requiredOption('--framework <name>', 'such as `owasp-llm` or `owasp-llm:2026`, or a JSON file of your own')
    .requiredOption('--from <time>', 'first day or moment, such as 2026-11-01 or 2026-11-01T08:00:00Z; UTC')
    .option('--to <time>', 'day or moment before which it ends (default: now)')
    .requiredOption('--out <folder>', 'an empty folder, or one that is made')
    .option('--no-log', 'leave the whole log out: then its figures can not be counted again');
}

const FRAMEWORK_COLUMNS = [
  { title: 'framework', align: 'left' },
  { title: 'controls', align: 'right' },
  { title: 'unverified', align: 'right' },
  { title: 'title', align: 'left' },
] as const;

const CONTROL_COLUMNS = [
  { title: 'control', align: 'left' },
  { title: 'what speaks for it', align: 'left' },
  { title: 'gaps', align: 'right' },
  { title: 'title', align: 'left' },
] as const;

async function frameworks({ json }: { readonly json?: boolean }, terminal: Terminal): Promise<number> {
  const all = builtInFrameworks();
  if (json === true) {
    await printJson(terminal, { frameworks: all });
    return EXIT.ok;
  }
  const rows = all.map(({ id, version, title, controls }) => [
    `${id}:${version}`,
    String(controls.length),
    String(controls.filter(({ verified }) => !verified).length),
    title,
  ]);
  await terminal.out(textTable(FRAMEWORK_COLUMNS, rows));
  return EXIT.ok;
}

async function pack(flags: PackFlags, terminal: Terminal): Promise<number> {
  const framework = frameworkOf(flags.framework, terminal);
  if (framework === undefined) {
    return misuse('--framework names none that comes with the product, and no file', flags, terminal);
  }
  const from = momentOf(flags.from);
  const to = flags.to === undefined ? new Date().toISOString() : momentOf(flags.to);
  if (from === undefined || to === undefined || from >= to) {
    return misuse('--from and --to have to be days or moments, the first before the second', flags, terminal);
  }
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const folder = resolve(terminal.cwd, flags.out);
  const progress = new Progress(terminal, 'verify', { total: 1 });
  const evidence = await makeEvidence(config, {
    framework,
    period: { from, to },
    folder,
    wholeLog: flags.log,
    version: VERSION,
    onProgress: (share) => progress.reach(share),
  });
  progress.clear();
  if (flags.json === true) await printJson(terminal, { folder, evidence });
  else await terminal.out(describeEvidence(evidence, folder));
  return EXIT.ok;
}

function frameworkOf(name: string, terminal: Terminal): Framework | undefined {
  const known = frameworkNamed(name);
  if (known !== undefined) return known;
  const text = textOf(resolve(terminal.cwd, name));
  return text === undefined ? undefined : parseFramework(text, name);
}

const STANDING = { holds: 'stands', partly: 'in part', lacking: 'LACKING' } as const;

function describeEvidence({ framework, period, log, wholeLog, examples }: Evidence, folder: string): string {
  const rows = framework.controls.map(({ id, title, holding, verified, notCovered }) => [
    verified ? id : `${id} (unverified)`,
    STANDING[holding],
    String(notCovered.length),
    title,
  ]);
  return [
    textTable(CONTROL_COLUMNS, rows),
    `${period.records} records from ${period.from} to ${period.to}, ${examples.length} of them with their proofs`,
    ...(log.archived > 0 ? [`NOT COUNTED: the log's first ${log.archived} records, which are in the archive`] : []),
    `log of ${log.size} records${log.verified ? '' : ': IT DID NOT VERIFY, see `sallyport audit verify`'}${wholeLog ? ', all of it in the folder' : ''}`,
    `${folder}: open index.html; \`sallyport evidence verify\` checks it`,
    '',
  ].join('\n');
}

async function verify(folder: string, flags: VerifyFlags, terminal: Terminal): Promise<number> {
  const log = vkeyOf(flags.vkey, terminal);
  if (log === undefined) return misuse('--vkey is no key, and names no file with one', flags, terminal);
  const witnesses = vkeysOf(flags.witness ?? [], terminal);
  if (witnesses === undefined) return misuse('--witness is no key, and names no file with one', flags, terminal);
  const kept = checkpointsOf(flags.head ?? [], terminal);
  if (kept === undefined) return misuse('--head names no file with a checkpoint', flags, terminal);
  const report = await checkEvidence(resolve(terminal.cwd, folder), { log, witnesses, kept });
  if (flags.json === true) await printJson(terminal, reportJson(report));
  else await terminal.out(describeReport(report));
  return report.ok ? EXIT.ok : EXIT.negative;
}

function reportJson({ evidence, ...report }: PackReport) {
  const framework = evidence?.framework;
  return { ...report, framework: framework && `${framework.id}:${framework.version}` };
}

function describeReport({ ok, problems, files, proven, recounted, evidence }: PackReport): string {
  // Names of files and all that the evidence says are somebody else's words.
  const lines = problems.map((problem) => `  ${oneLine(describeProblem(problem))}`);
  if (!ok) return [`IT DOES NOT HOLD: ${problems.length} problems`, ...lines, ''].join('\n');
  const { framework, period, log } = evidence ?? {};
  return [
    oneLine(`${framework?.title} ${framework?.version}, ${period?.from} to ${period?.to}`),
    `${files} files are as they were signed, ${proven} records are proven to be in the log`,
    recounted > 0
      ? `the log's ${recounted} records lead to the signed root, and the figures were counted again`
      : "the whole log is not in the folder: its figures are the gateway's own word",
    ...(log?.verified === false ? ['the gateway says itself that its log DID NOT VERIFY when this was made'] : []),
    ...(log !== undefined && log.archived > 0
      ? [`its first ${log.archived} records were in the archive and are in no figure`]
      : []),
    '',
  ].join('\n');
}

const OTHER_RELEASE = ` (checked with version ${VERSION}: a pack of another version is checked with that one)`;

function describeProblem(problem: PackProblem): string {
  switch (problem.kind) {
    case 'manifest-unsigned':
      return "there is no manifest that this log's key signed: nothing in the folder can be relied on";
    case 'file-missing':
      return `${problem.path} is missing`;
    case 'file-changed':
      return `${problem.path} was changed`;
    case 'file-added':
      return `${problem.path} was added`;
    case 'evidence-unreadable':
      return 'evidence.json cannot be read';
    case 'checkpoint-wrong':
      return 'the checkpoint is not of this log, or says something else than the evidence';
    case 'not-witnessed':
      return `${problem.witness} did not sign the checkpoint`;
    case 'leaf-unproven':
      return `record ${problem.index} is not proven to be in the log`;
    case 'log-missing':
      return `records from ${problem.index} on are missing or cannot be read`;
    case 'log-changed':
      return "the records don't lead to the signed root";
    case 'forked':
      return `a checkpoint that was kept, of ${problem.size} records, is of another past`;
    case 'rolled-back':
      return `a checkpoint that was kept covers ${problem.to} records, and the folder's log ends at ${problem.from}`;
    case 'head-unsigned':
      return `a checkpoint that was kept, of ${problem.size} records, is not of this log`;
    case 'figures-wrong':
      return 'counting again gave other figures';
    case 'policies-not-in-force':
      return 'the log says that another set of policies was in force last';
    case 'policies-differ':
      return `the files of policies are not the set that the evidence names, or don't answer as it says${OTHER_RELEASE}`;
    case 'assessment-differs':
      return `what is said of the controls does not follow from framework, facts and figures${OTHER_RELEASE}`;
    case 'framework-differs':
      return `${problem.framework} is not the framework of this name that comes with the product${OTHER_RELEASE}`;
    case 'report-differs':
      return `index.html does not say what evidence.json says${OTHER_RELEASE}`;
  }
}
