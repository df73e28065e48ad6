import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CHANNELS, type Channel } from '@sallyport/core';
import { openInspection } from '@sallyport/runtime';
import { Option } from 'commander';
import {
  type Cli,
  CONFIG_FLAG,
  type ConfigFlags,
  configOr,
  JSON_FLAG,
  printJson,
  reportPolicyProblems,
} from '../command.ts';
import { type Evaluation, evaluate } from '../eval/evaluate.ts';
import { HEADS, type Head } from '../eval/labelled-row.ts';
import { groupTable, SOURCE_COLUMNS, SPAN_COLUMNS, sourceRows, spanRows } from '../eval/report.ts';
import { scoreFile } from '../eval/score-file.ts';
import { EXIT } from '../exit-code.ts';
import { Progress } from '../progress.ts';
import { fileFailure, rowFilesAt } from '../row-files.ts';
import { markdownTable, textTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { addEvalConversationsCommand } from './eval-conversations.ts';

interface EvalFlags extends ConfigFlags {
  readonly channel: Channel;
  readonly head: Head;
  readonly scores?: string;
  readonly by?: string;
  readonly markdown?: boolean;
}

const HELP = `
Rows: {id, text, label: "attack"|"benign", kind, source, lang}; for secrets label "secret"; for pii {text, spans: [{start, end, type}]}.
A row's score is the highest of the head's findings before any threshold; its effect is what the guard policies say to them.
\`recall\` and \`fpr\` count every effect but \`allow\`; \`stopped\` counts \`redact\`, \`ask\` and \`block\`.
Exit code: 0 measured, 1 a file could not be read, 2 wrong usage or configuration.`;

export function addEvalCommand(cli: Cli): void {
  const { program, terminal, run } = cli;
  const evaluation = program
    .command('eval')
    .description('measure the detectors on labelled texts')
    .argument('<files...>', 'JSON lines, plain or gzip, or folders of them')
    .addOption(
      new Option('--channel <channel>', "as the user's words or as a tool's result")
        .choices(CHANNELS)
        .default('direct'),
    )
    .addOption(new Option('--head <head>', 'what to measure').choices(HEADS).default('injection'))
    .option('--scores <file>', 'write {id, score, effect} of every row that counts, one a line')
    .option('--by <field>', 'measure by the values of a field of the rows, too: `lang`, `kind`, `meta.style`')
    .option('--markdown', 'print a Markdown table')
    .option(...JSON_FLAG)
    .option(...CONFIG_FLAG)
    .addHelpText('after', HELP)
    .action(run((paths: string[], flags: EvalFlags) => evalCommand(paths, flags, terminal)));
  addEvalConversationsCommand(evaluation, cli);
}

async function evalCommand(paths: readonly string[], flags: EvalFlags, terminal: Terminal): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const files = await rowFilesAt(paths, flags, terminal);
  if (typeof files === 'number') return files;
  const opened = openInspection(config);
  if ('problems' in opened) return reportPolicyProblems(opened.problems, flags, terminal);
  const progress = new Progress(terminal, 'eval', { total: files.reduce((sum, file) => sum + statSync(file).size, 0) });
  const scores = flags.scores === undefined ? undefined : scoreFile(resolve(terminal.cwd, flags.scores));
  const { channel, head } = flags;
  try {
    const evaluation = await evaluate({
      files,
      channel,
      head,
      inspection: opened,
      by: flags.by?.split('.'),
      onBytes: (bytes) => progress.add(bytes),
      onScore: scores?.write ?? (async () => undefined),
    });
    await scores?.close();
    progress.clear();
    await print(evaluation, flags, terminal);
    return EXIT.ok;
  } catch (error) {
    progress.clear();
    return fileFailure(error, flags, terminal);
  }
}

async function print(evaluation: Evaluation, flags: EvalFlags, terminal: Terminal): Promise<void> {
  const { unreadable } = evaluation;
  if (unreadable > 0) terminal.err(`warning: ${unreadable} lines are not labelled rows\n`);
  if (flags.json === true) return printJson(terminal, evaluation);
  const table = flags.markdown === true ? markdownTable : textTable;
  await terminal.out(table(SOURCE_COLUMNS, sourceRows(evaluation)));
  if (flags.by !== undefined) {
    const { columns, rows } = groupTable(evaluation, flags.by);
    if (rows.length > 0) await terminal.out(`\n${table(columns, rows)}`);
  }
  const spans = spanRows(evaluation);
  if (spans.length > 0) await terminal.out(`\n${table(SPAN_COLUMNS, spans)}`);
}
