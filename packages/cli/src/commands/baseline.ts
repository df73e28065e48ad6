import { resolve } from 'node:path';
import { SallyportError } from '@sallyport/core';
import {
  BASELINE_MAX_BYTES,
  BASELINE_NAME,
  type BaselineReport,
  baselineNames,
  type ComparedBaseline,
  compareWithBaseline,
  FALSE_ALARMS_SHARE,
  type ReportPeriod,
  recordBaseline,
  type VerifierKey,
} from '@sallyport/runtime';
import { textOf, vkeyOf } from '../audit-command.ts';
import { baselinePage } from '../baseline/baseline-page.ts';
import { comparedText, recordedText } from '../baseline/baseline-text.ts';
import { type Cli, type ConfigFlags, configOr, misuse, printJson, withStore } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { NOT_WRITTEN, OUT_FLAG, writeReport } from '../report-file.ts';
import { NO_PERIOD, type PeriodFlags, reportPeriod, withPeriod } from '../report-period.ts';
import type { Terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface RecordFlags extends ConfigFlags, PeriodFlags {
  readonly replace?: boolean;
}

interface CompareFlags extends ConfigFlags, PeriodFlags {
  readonly falseAlarms: string;
  readonly vkey?: string;
  readonly out?: string;
}

const NAME = 'lower-case letters, digits, `_` and `-`, 64 at most';
const RECORD_HELP = `
Exit code: 0 recorded, 1 the log cannot be read, 2 wrong usage or configuration, 3 recorded, and nothing in it came often enough to be compared.`;
const COMPARE_HELP = `
Exit code: 0 not shown to have moved, 1 something moved, 2 wrong usage or configuration, or a baseline that is not the one that was signed,
3 it cannot be said: too little came, or the log cannot be read.`;

export function addBaselineCommand({ program, terminal, run }: Cli): void {
  const baseline = program
    .command('baseline')
    .description('what is usual of each model, agent and principal, and what moved since');
  withStore(withPeriod(baseline.command('record').description('measure a period, and keep it under a name')))
    .argument('<name>', NAME)
    .option('--replace', 'put it in the place of one of this name')
    .addHelpText('after', RECORD_HELP)
    .action(run((name: string, flags: RecordFlags) => record(name, flags, terminal)));
  withStore(withPeriod(baseline.command('compare').description('compare a period with a baseline: what moved since')))
    .argument('<name>', 'of a baseline, or a file of one')
    .option(
      '--false-alarms <share>',
      'how many of such comparisons may say that something moved where nothing did, 0 to 0.5',
      String(FALSE_ALARMS_SHARE),
    )
    .option(
      '--vkey <key>',
      'key of the log that signed the file, or a file with it (default: the log of the data folder)',
    )
    .option(...OUT_FLAG)
    .addHelpText('after', COMPARE_HELP)
    .action(run((name: string, flags: CompareFlags) => compare(name, flags, terminal)));
  withStore(baseline.command('list').description('the names of all baselines')).action(
    run((flags: ConfigFlags) => list(flags, terminal)),
  );
}

async function list(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const names = baselineNames(config);
  if (flags.json === true) await printJson(terminal, { baselines: names });
  else await terminal.out(names.map((name) => `${name}\n`).join(''));
  return EXIT.ok;
}

/** What is a reference, and what is held against it, is somebody's choice: no period is taken by itself. */
function statedPeriod(flags: PeriodFlags, nowMs: number): ReportPeriod | undefined {
  return flags.period === undefined && flags.since === undefined ? undefined : reportPeriod(flags, nowMs);
}

async function record(name: string, flags: RecordFlags, terminal: Terminal): Promise<number> {
  const nowMs = Date.now();
  if (!BASELINE_NAME.test(name)) return misuse(`a baseline's name has ${NAME}`, flags, terminal);
  const period = statedPeriod(flags, nowMs);
  if (period === undefined) return misuse(NO_PERIOD, flags, terminal);
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const replace = flags.replace === true;
  const recorded = await recordBaseline(config, { name, period, replace, version: VERSION, nowMs });
  if (!recorded.ok)
    return misuse(`there is a baseline \`${name}\`: --replace puts another in its place`, flags, terminal);
  const { baseline } = recorded;
  if (flags.json === true) await printJson(terminal, baseline);
  else await terminal.out(recordedText(baseline));
  const { sampleMin } = baseline;
  const isThin = baseline.series.every(({ exchanges, calls }) => exchanges < sampleMin && calls < sampleMin);
  return isThin ? EXIT.unmeasured : EXIT.ok;
}

const REFUSALS: Readonly<Record<Extract<ComparedBaseline, { readonly ok: false }>['why'], string>> = {
  unknown: 'there is no baseline of this name, and no file',
  unsigned: 'this is not a baseline that the log signed, or it was changed since',
  'log-changed': 'the log no longer holds the records that this baseline was made from: see `sallyport audit verify`',
};

async function compare(name: string, flags: CompareFlags, terminal: Terminal): Promise<number> {
  const period = statedPeriod(flags, Date.now());
  if (period === undefined) return misuse(NO_PERIOD, flags, terminal);
  const falseAlarms = Number(flags.falseAlarms);
  if (!(falseAlarms > 0 && falseAlarms <= 0.5))
    return misuse('--false-alarms is a share above 0, up to 0.5', flags, terminal);
  const key = flags.vkey === undefined ? undefined : vkeyOf(flags.vkey, terminal);
  if (flags.vkey !== undefined && key === undefined)
    return misuse('--vkey is no key, and names no file with one', flags, terminal);
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const compared = await comparedOr({ name, terminal }, { config, period, falseAlarms, key });
  if (compared === undefined) return EXIT.unmeasured;
  if (!compared.ok) return misuse(REFUSALS[compared.why], flags, terminal);
  return tell(compared.report, flags, terminal);
}

interface Comparing {
  readonly config: Parameters<typeof compareWithBaseline>[0];
  readonly period: ReportPeriod;
  readonly falseAlarms: number;
  readonly key: VerifierKey | undefined;
}

/** A log that cannot be read says neither yes nor no. @returns undefined then */
async function comparedOr(
  { name, terminal }: { readonly name: string; readonly terminal: Terminal },
  { config, ...asked }: Comparing,
): Promise<ComparedBaseline | undefined> {
  const text = BASELINE_NAME.test(name) ? undefined : textOf(resolve(terminal.cwd, name), BASELINE_MAX_BYTES);
  const reference = text === undefined ? { name } : { text };
  try {
    return await compareWithBaseline(config, { ...asked, reference });
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    terminal.err(`error: ${error.message}${error.detail === undefined ? '' : `: ${error.detail}`} (${error.code})\n`);
    return undefined;
  }
}

const CODES = { 'not-moved': EXIT.ok, moved: EXIT.negative, unknown: EXIT.unmeasured } as const;

async function tell(report: BaselineReport, flags: CompareFlags, terminal: Terminal): Promise<number> {
  const { out } = flags;
  if (out !== undefined && !writeReport(out, { json: report, html: () => baselinePage(report) }, terminal))
    return misuse(NOT_WRITTEN, flags, terminal);
  if (flags.json === true) await printJson(terminal, report);
  else await terminal.out(comparedText(report));
  return CODES[report.verdict];
}
