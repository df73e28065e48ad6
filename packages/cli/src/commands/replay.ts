import { once } from 'node:events';
import { createWriteStream, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { openInspection, spanRiskOf } from '@sallyport/runtime';
import { Option } from 'commander';
import {
  type Cli,
  CONFIG_FLAG,
  type ConfigFlags,
  configOr,
  JSON_FLAG,
  misuse,
  printJson,
  reportPolicyProblems,
} from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { linesOf, openText } from '../lines.ts';
import { Progress } from '../progress.ts';
import { parseCritical, parseTools } from '../replay/recorded-run.ts';
import { rememberedRisk } from '../replay/remembered-risk.ts';
import { REPLAY_POLICIES, type ReplayPolicyName } from '../replay/replay-policies.ts';
import { type JudgedCall, replayRuns } from '../replay/replay-runs.ts';
import type { ReplayFigures } from '../replay/replay-tally.ts';
import { FIGURE_COLUMNS, figureRows } from '../replay/report.ts';
import { fileFailure, rowFilesAt } from '../row-files.ts';
import { textTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface ReplayFlags extends ConfigFlags {
  readonly runs: readonly string[];
  readonly tools: string;
  readonly critical?: string;
  readonly policy: ReplayPolicyName | 'all';
  readonly models?: boolean;
  readonly calls?: string;
}

const HELP = `
Runs: {id, suite, model, attack, utility, attack_succeeded, messages}, one a line; \`attack\` is null in a run that nobody attacked.
Tools: {suite: [{name, description, parameters}]}. Critical calls: {id, critical_calls: [positions among all calls of the run]}.
No model is asked: a call that is blocked or asked for counts as one that would not have run, and the run goes on as recorded.
  detector  blocks what changes anything once a tool's result looked like an instruction
  coarse    blocks what changes anything once a tool brought free text
  value     asks when a destination, object, credential or code came from free text only, or from nowhere
  joint     blocks when it came from free text only, and that text looks like an instruction
  tiered    blocks what nobody asked for and a text told the agent to do; asks for the rest of \`value\` that nothing endorses
A run counts as blocked or asked when at least one of its calls is; \`autonomy\` is the share of the calls that change something in good
benign runs which ran without a human.
Exit code: 0 replayed, 1 a file could not be read or written, 2 wrong usage or configuration.`;

export function addReplayCommand({ program, terminal, run }: Cli): void {
  const replay = program.command('replay').description('play what was recorded against other policies');
  replay
    .command('agentdojo')
    .description("recorded runs of agents, attacked and benign: what would each policy have done to the agent's calls?")
    .requiredOption('--runs <files...>', 'JSON lines, plain or gzip, or folders of them')
    .requiredOption('--tools <file>', 'the tools of each suite')
    .option('--critical <file>', 'which calls decide an attack, JSON lines, plain or gzip')
    .addOption(
      new Option('--policy <policy>', 'which policy').choices([...REPLAY_POLICIES, 'all']).makeOptionMandatory(),
    )
    .option('--models', 'also by model')
    .option('--calls <file>', 'write {id, at, tool, verdicts, facts, arguments} of every call, one a line: no text')
    .option(...JSON_FLAG)
    .option(...CONFIG_FLAG)
    .addHelpText('after', HELP)
    .action(run((flags: ReplayFlags) => replayCommand(flags, terminal)));
}

async function replayCommand(flags: ReplayFlags, terminal: Terminal): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const files = await rowFilesAt(flags.runs, flags, terminal);
  if (typeof files === 'number') return files;
  const opened = openInspection(config);
  if ('problems' in opened) return reportPolicyProblems(opened.problems, flags, terminal);
  const policies = flags.policy === 'all' ? REPLAY_POLICIES : [flags.policy];
  const progress = new Progress(terminal, 'replay', {
    total: files.reduce((sum, file) => sum + statSync(file).size, 0),
  });
  const calls =
    flags.calls === undefined ? undefined : createWriteStream(resolve(terminal.cwd, flags.calls), { mode: 0o600 });
  try {
    const tools = parseTools(readFileSync(resolve(terminal.cwd, flags.tools), 'utf8'));
    if (tools === undefined) return misuse(`\`${flags.tools}\` holds no tools by suite`, flags, terminal);
    const { figures, unreadable } = await replayRuns({
      files,
      tools,
      critical: await criticalIn(flags, terminal),
      policies,
      spanRisk: rememberedRisk(spanRiskOf(opened.inspector)),
      onBytes: (bytes) => progress.add(bytes),
      onCall: async (judged) => {
        if (calls?.write(`${JSON.stringify(callRow(judged, policies))}\n`) === false) await once(calls, 'drain');
      },
    });
    calls?.end();
    if (calls !== undefined) await once(calls, 'finish');
    progress.clear();
    if (unreadable > 0) terminal.err(`warning: ${unreadable} lines are no recorded runs\n`);
    await print(figures, flags, terminal);
    return EXIT.ok;
  } catch (error) {
    progress.clear();
    return fileFailure(error, flags, terminal);
  }
}

function callRow({ run, call, at, flow, verdicts }: JudgedCall, policies: readonly ReplayPolicyName[]): object {
  const named = Object.fromEntries(policies.map((policy, index) => [policy, verdicts[index]]));
  return { id: run.id, at, tool: call.tool, verdicts: named, facts: flow.facts, arguments: flow.arguments };
}

async function criticalIn(
  { critical }: ReplayFlags,
  { cwd }: Terminal,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const calls = new Map<string, readonly number[]>();
  if (critical === undefined) return calls;
  for await (const { text } of linesOf(openText(resolve(cwd, critical)))) {
    const known = parseCritical(text);
    if (known !== undefined) calls.set(known.id, known.calls);
  }
  return calls;
}

async function print(all: readonly ReplayFigures[], flags: ReplayFlags, terminal: Terminal): Promise<void> {
  const shown = all.map(({ byModel, ...figures }) => (flags.models === true ? { ...figures, byModel } : figures));
  if (flags.json === true) return printJson(terminal, flags.policy === 'all' ? shown : shown[0]);
  await terminal.out(textTable(FIGURE_COLUMNS, figureRows(all, flags.models === true)));
}
