import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type DrillProtocol, type DrillTarget, probeTarget, runDrill } from '@sallyport/redteam';
import { type Config, openDrillDesk } from '@sallyport/runtime';
import { Option } from 'commander';
import { type Cli, configOr, misuse, withStore } from '../command.ts';
import { casesIn, FoundCases } from '../drill/case-files.ts';
import {
  DRILL_FORMATS,
  type DrillFlags,
  type DrillNumbers,
  type DrillSource,
  drillNumbers,
  drillSource,
  STREAM_CHOICES,
  sourceOf,
} from '../drill/drill-options.ts';
import { drillReport, writeReport } from '../drill/drill-report.ts';
import { drillRounds } from '../drill/drill-rounds.ts';
import { EXIT } from '../exit-code.ts';
import { Interruptions } from '../interruptions.ts';
import { dataPlane } from '../listener-url.ts';
import { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';

const HELP = `
Sends attacks and benign texts to the running gateway, in every protocol of it, with the gateway key in \`SALLYPORT_KEY\`.
An attack got through when what it is after left the gateway: a word, a call, data. Without \`--live\` no provider is called:
the gateway's demo stands in for each, and obeys every order that reaches it, so that the gateway alone is measured.
Run it where the data folder is: a key in it signs each request, and records say \`drill\`.
Exit code: 0 the criterion is met, 1 it is not, 2 wrong usage or configuration, 3 it could not be measured.`;

export function addDrillCommand({ program, terminal, run }: Cli): void {
  withStore(program.command('drill').description('attack the running gateway, and see what gets through'))
    .option('--url <url>', 'address of the data plane (default: where the configuration has it)')
    .option('--port <port>', 'its port on this machine, where it is not the configured one')
    .option('--model <model>', 'the model to ask for', 'demo')
    .option('--live', 'the true provider is called, and paid')
    .option('--protocol <protocol...>', 'protocols to ask in (default: all that the model is reached in)')
    .addOption(new Option('--stream <when>', 'whether answers come as streams').choices(STREAM_CHOICES))
    .option('--family <family...>', 'families of attacks (default: all)')
    .option('--seed <text>', 'the same seed sends the same bytes', '1')
    .option('--budget <n>', 'requests at most, a quarter of them benign', '400')
    .option('--rate <n>', 'requests a second at most (default: 20, or 2 with `--every`)')
    .option('--timeout <seconds>', 'how long an answer may take', '30')
    .option('--every <time>', 'drill again and again until stopped, such as 6h, each time with another seed')
    .option('--max-success <share>', 'criterion: share of attacks that may get through, 0 to 1')
    .option('--max-benign-blocked <share>', 'criterion: share of benign texts that may be blocked, 0 to 1')
    .addOption(new Option('--format <format>', 'what is reported').choices(DRILL_FORMATS).default('table'))
    .option('--report <file>', 'write the report of the last drill there instead of printing it')
    .option('--save-cases <file>', 'add what went wrong to a file, as cases that `--cases` sends again')
    .option('--cases <path>', 'send the cases of a file, or of all `*.jsonl` of a folder')
    .addHelpText('after', HELP)
    .action(run((flags: DrillFlags) => drill(flags, terminal)));
}

async function drill(flags: DrillFlags, terminal: Terminal): Promise<number> {
  const numbers = drillNumbers(flags);
  if (typeof numbers === 'string') return misuse(numbers, flags, terminal);
  const source = drillSourceOf(flags, numbers.budget, terminal);
  if (typeof source === 'string') return misuse(source, flags, terminal);
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const drilling = { flags, numbers, config, source, terminal };
  const hindered = targetOf(drilling, 'probe');
  if (typeof hindered === 'string') return misuse(hindered, flags, terminal);
  const found = flags.saveCases === undefined ? undefined : FoundCases.open(resolve(terminal.cwd, flags.saveCases));
  if (typeof found === 'string') return misuse(found, flags, terminal);
  const { everyMs } = numbers;
  if (everyMs === undefined) return drillOnce({ ...drilling, found }, flags.seed);
  const stopping = new AbortController();
  void new Interruptions().next().then(() => stopping.abort());
  const stop = stopping.signal;
  const round = (at: number) => drillOnce({ ...drilling, found, stop }, `${flags.seed}/${at}`);
  return drillRounds({ everyMs, stop, clock: clockUntil(stop), random: Math.random, drill: round });
}

function drillSourceOf(flags: DrillFlags, budget: number, { cwd }: Terminal): DrillSource | string {
  const source = drillSource(flags, budget);
  if (flags.cases === undefined || typeof source === 'string') return source;
  const cases = casesIn(resolve(cwd, flags.cases), budget);
  return typeof cases === 'string' ? cases : sourceOf(cases);
}

interface Drilling {
  readonly flags: DrillFlags;
  readonly numbers: DrillNumbers;
  readonly config: Config;
  readonly source: DrillSource;
  readonly terminal: Terminal;
  readonly found?: FoundCases | undefined;
  readonly stop?: AbortSignal;
}

/** One drill, from the greeting to the report. @returns its exit code */
async function drillOnce(drilling: Drilling, seed: string): Promise<number> {
  const { flags, numbers, source, terminal, found, stop } = drilling;
  const drillId = `drill-${randomBytes(6).toString('hex')}`;
  const target = targetOf(drilling, drillId);
  if (typeof target === 'string') return misuse(target, flags, terminal);
  const protocols = await spoken(target, source, terminal);
  if (protocols.length === 0) return EXIT.unmeasured;
  const cases = source.casesFor(seed, protocols);
  const progress = new Progress(terminal, 'drill', { total: cases.length });
  const clock = clockUntil(stop);
  const onResult = () => progress.add(1);
  const results = await runDrill({ cases, target, rate: numbers.rate, clock, stop, onResult });
  progress.clear();
  // What was stopped half-way measured nothing.
  if (stop?.aborted === true) return EXIT.ok;
  const saved = found?.add(results) ?? true;
  if (!saved) terminal.err('error: what went wrong could not be saved\n');
  const format = flags.json === true ? 'json' : flags.format;
  const { text, verdict, reasons } = drillReport({ results, drillId, seed, numbers }, format);
  if (flags.report === undefined) await terminal.out(text);
  else if (!writeReport(resolve(terminal.cwd, flags.report), text))
    return misuse('the file of `--report` cannot be written', flags, terminal);
  for (const reason of reasons) terminal.err(`not met: ${reason}\n`);
  if (verdict === 'failed') return EXIT.negative;
  return verdict === 'met' && saved ? EXIT.ok : EXIT.unmeasured;
}

/** The protocols in which the gateway answers a greeting; none where there can be no drill. */
async function spoken(
  target: DrillTarget,
  { protocols, wanted }: DrillSource,
  { err }: Terminal,
): Promise<readonly DrillProtocol[]> {
  const answering: DrillProtocol[] = [];
  for (const protocol of protocols) {
    const hindrance = await probeTarget(target, protocol);
    if (hindrance === undefined) answering.push(protocol);
    else if (wanted || !hindrance.unspoken) {
      err(`error: no drill at ${target.url} in ${protocol}: ${hindrance.why}\n`);
      return [];
    } else err(`left out: ${protocol}, in which the model is not reached\n`);
  }
  if (answering.length === 0) err(`error: no drill at ${target.url}: the model is reached in no protocol\n`);
  return answering;
}

/** A clock whose waits end when it is time to stop. */
function clockUntil(stop: AbortSignal | undefined) {
  return {
    nowMs: () => performance.now(),
    wait: (ms: number) => wait(ms, undefined, stop === undefined ? {} : { signal: stop }).catch(() => undefined),
  };
}

function targetOf({ flags, config, numbers, terminal }: Drilling, drillId: string): DrillTarget | string {
  const credential = terminal.env.SALLYPORT_KEY ?? '';
  if (!/^[!-~]{1,4096}$/.test(credential)) return 'no gateway key: set `SALLYPORT_KEY`';
  const plane = dataPlane(config, flags.url);
  if ('lacks' in plane) return plane.lacks;
  const { url } = plane;
  const live = flags.live === true;
  const desk = openDrillDesk(config.data, { id: drillId, stubbed: !live });
  return {
    url,
    credential,
    model: flags.model,
    provider: live ? 'live' : 'scripted',
    timeoutMs: numbers.timeoutMs,
    badge: (body) => desk.badge(credential, body),
  };
}
