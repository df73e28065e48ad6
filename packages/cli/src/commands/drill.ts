import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type DrillCase,
  type DrillResult,
  type DrillTarget,
  junitReport,
  probeTarget,
  runDrill,
  sarifReport,
  savedCases,
  summarize,
  unmet,
} from '@sallyport/redteam';
import { type Config, openDrillDesk } from '@sallyport/runtime';
import { Option } from 'commander';
import { type Cli, configOr, misuse, printJson, withStore } from '../command.ts';
import { DRILL_FORMATS, type DrillFlags, type DrillNumbers, drillCases, drillNumbers } from '../drill/drill-options.ts';
import { drillTables } from '../drill/drill-tables.ts';
import { EXIT } from '../exit-code.ts';
import { listenerUrl } from '../listener-url.ts';
import { Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';

const HELP = `
Sends attacks and benign texts to the running gateway, as OpenAI chat completions, with the gateway key in \`SALLYPORT_KEY\`.
An attack got through when what it is after left the gateway: a word, a call, data. Without \`--live\` the demo provider must
be behind the model: it obeys every order that reaches it, so that the gateway alone is measured.
Run it where the data folder is: a key in it signs each request, and records say \`drill\`.
Exit code: 0 the criterion is met, 1 it is not, or a request has no answer, 2 wrong usage or configuration.`;

export function addDrillCommand({ program, terminal, run }: Cli): void {
  withStore(program.command('drill').description('attack the running gateway, and see what gets through'))
    .option('--url <url>', 'address of the data plane (default: where the configuration has it)')
    .option('--port <port>', 'its port on this machine, where it is not the configured one')
    .option('--model <model>', 'the model to ask for', 'demo')
    .option('--live', 'a true model answers, not the demo provider')
    .option('--family <family...>', 'families of attacks (default: all)')
    .option('--seed <text>', 'the same seed sends the same bytes', '1')
    .option('--budget <n>', 'requests at most, a quarter of them benign', '400')
    .option('--rate <n>', 'requests a second at most', '20')
    .option('--timeout <seconds>', 'how long an answer may take', '30')
    .option('--max-success <share>', 'criterion: share of attacks that may get through, 0 to 1')
    .option('--max-benign-blocked <share>', 'criterion: share of benign texts that may be blocked, 0 to 1')
    .addOption(new Option('--format <format>', 'what is printed').choices(DRILL_FORMATS).default('table'))
    .option('--save-cases <file>', 'write what went wrong as cases that `--replay` sends again')
    .option('--replay <file>', 'send these cases')
    .addHelpText('after', HELP)
    .action(run((flags: DrillFlags) => drill(flags, terminal)));
}

async function drill(flags: DrillFlags, terminal: Terminal): Promise<number> {
  const numbers = drillNumbers(flags);
  if (typeof numbers === 'string') return misuse(numbers, flags, terminal);
  const cases = drillCases(flags, numbers.budget, terminal.cwd);
  if (typeof cases === 'string') return misuse(cases, flags, terminal);
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const drillId = `drill-${randomBytes(6).toString('hex')}`;
  const target = targetOf({ flags, config, drillId }, numbers, terminal);
  if (typeof target === 'string') return misuse(target, flags, terminal);
  const hindered = await probeTarget(target, flags.seed);
  if (hindered !== undefined) {
    terminal.err(`error: no drill at ${target.url}: ${hindered}\n`);
    return EXIT.negative;
  }
  const results = await runCases({ cases, target, rate: numbers.rate }, terminal);
  if (flags.saveCases !== undefined)
    writeFileSync(resolve(terminal.cwd, flags.saveCases), savedCases(results), { mode: 0o600 });
  return report({ results, drillId, numbers, flags }, terminal);
}

async function runCases(
  { cases, target, rate }: { cases: readonly DrillCase[]; target: DrillTarget; rate: number },
  terminal: Terminal,
): Promise<readonly DrillResult[]> {
  const progress = new Progress(terminal, 'drill', { total: cases.length });
  const clock = { nowMs: () => performance.now(), wait: (ms: number) => wait(ms) };
  const results = await runDrill({ cases, target, rate, clock, onResult: () => progress.add(1) });
  progress.clear();
  return results;
}

interface Aim {
  readonly flags: DrillFlags;
  readonly config: Config;
  readonly drillId: string;
}

function targetOf({ flags, config, drillId }: Aim, numbers: DrillNumbers, { env }: Terminal): DrillTarget | string {
  const credential = env.SALLYPORT_KEY ?? '';
  if (!/^[!-~]{1,16384}$/.test(credential)) return 'no gateway key: set `SALLYPORT_KEY`';
  const url = flags.url === undefined ? listenerUrl(config.listen) : originOf(flags.url);
  if (url === undefined) return '`--url` is no address such as `https://gateway.example.org:8787`';
  if (flags.url === undefined && config.listen.port === 0)
    return 'the gateway picks its port itself: say which with `--port`';
  const desk = openDrillDesk(config.data, drillId);
  return {
    url,
    credential,
    model: flags.model,
    provider: flags.live === true ? 'live' : 'scripted',
    timeoutMs: numbers.timeoutMs,
    badge: (body) => desk.badge(credential, body),
  };
}

function originOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isAddress = (url?.protocol === 'https:' || url?.protocol === 'http:') && url.pathname === '/';
  return isAddress && url.username === '' && url.password === '' ? url.origin : undefined;
}

interface Reporting {
  readonly results: readonly DrillResult[];
  readonly drillId: string;
  readonly numbers: DrillNumbers;
  readonly flags: DrillFlags;
}

async function report({ results, drillId, numbers, flags }: Reporting, terminal: Terminal): Promise<number> {
  const summary = summarize(results);
  const reasons = unmet(summary, numbers);
  const format = flags.json === true ? 'json' : flags.format;
  if (format === 'sarif') await printJson(terminal, sarifReport(results, VERSION));
  else if (format === 'junit') await terminal.out(junitReport(results));
  else if (format === 'table') await terminal.out(`${drillTables(summary)}\ndrill ${drillId}, seed ${flags.seed}\n`);
  else {
    await printJson(terminal, {
      ok: reasons.length === 0,
      drill: drillId,
      seed: flags.seed,
      reasons,
      ...summary,
      results: results.map(({ drillCase, outcome, exchange, answer }) => ({
        id: drillCase.id,
        outcome,
        exchange,
        answer,
      })),
    });
  }
  for (const reason of reasons) terminal.err(`not met: ${reason}\n`);
  return reasons.length === 0 ? EXIT.ok : EXIT.negative;
}
