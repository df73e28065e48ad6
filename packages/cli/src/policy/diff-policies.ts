import { resolve } from 'node:path';
import {
  Backtest,
  type BacktestReport,
  type Config,
  compareSets,
  findingTypesOf,
  loadPolicies,
  type PoliciesConfig,
  type PolicySetDifference,
  probe,
  STARTER_PACKS,
} from '@sallyport/runtime';
import { type Cli, configOr, printJson, reportPolicyProblems } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { fileFailure } from '../row-files.ts';
import { describeBacktest } from './backtest-report.ts';
import { drillsOf, knownTools, type PolicyFlags, type RecordFlags } from './policy-flags.ts';
import { readRecordedInputs } from './recorded-inputs.ts';

type DiffFlags = PolicyFlags & RecordFlags;
const PACK = 'pack:';

interface ProbeDifference {
  readonly point: string;
  readonly category: string;
  readonly before: string;
  readonly after: string;
}

/** `sallyport policy diff`: which policies came, went and changed, and what that does to probes and recorded decisions. */
export function diffCommand({ terminal, run }: Cli) {
  return run(async (a: string, b: string, flags: DiffFlags): Promise<number> => {
    const config = await configOr(flags, terminal);
    if (typeof config === 'number') return config;
    const types = findingTypesOf(config);
    const before = loadPolicies(sideOf(a, flags, { config, cwd: terminal.cwd }), types);
    const after = loadPolicies(sideOf(b, flags, { config, cwd: terminal.cwd }), types);
    for (const side of [before, after]) if (!side.ok) return reportPolicyProblems(side.problems, flags, terminal);
    if (!before.ok || !after.ok) return EXIT.negative;
    const policies = compareSets(before.engine.loaded(), after.engine.loaded());
    const probes = probeDifferences(before.engine, after.engine);
    let recorded: BacktestReport | undefined;
    if (flags.records !== undefined || flags.data !== undefined) {
      const backtest = new Backtest(after.engine, { baseline: before.engine, ...drillsOf(flags) });
      try {
        const { of } = await readRecordedInputs(flags, {
          config,
          terminal,
          onRecord: (record) => backtest.add(record),
        });
        recorded = backtest.report(of);
      } catch (error) {
        return fileFailure(error, flags, terminal);
      }
    }
    if (flags.json === true) await printJson(terminal, { policies, probes, ...(recorded && { recorded }) });
    else await terminal.out(describeDifference(policies, probes, recorded));
    return EXIT.ok;
  });
}

/** A side is a folder beside the starter policies, or `pack:strict`. */
function sideOf(
  side: string,
  { starter, pack }: PolicyFlags,
  { config, cwd }: { readonly config: Config; readonly cwd: string },
): PoliciesConfig {
  const named = STARTER_PACKS.find((one) => side === `${PACK}${one}`);
  if (named !== undefined) return { starter: true, pack: named, folder: undefined };
  return {
    starter: starter !== false,
    pack: pack ?? config.policies.pack ?? 'baseline',
    folder: resolve(cwd, side),
    ...knownTools(config),
  };
}

function probeDifferences(
  before: Parameters<typeof probe>[0],
  after: Parameters<typeof probe>[0],
): readonly ProbeDifference[] {
  const then = probe(before).results;
  return probe(after).results.flatMap(({ point, category, effect }, at) => {
    const was = then[at]?.effect ?? 'allow';
    return was === effect ? [] : [{ point, category, before: was, after: effect }];
  });
}

function describeDifference(
  { added, removed, changed, same }: PolicySetDifference,
  probes: readonly ProbeDifference[],
  recorded: BacktestReport | undefined,
): string {
  return [
    ...added.map(({ id, at }) => `+ ${id}  ${at.file}:${at.line}`),
    ...removed.map(({ id, at }) => `- ${id}  ${at.file}:${at.line}`),
    ...changed.map(({ id, parts, after: { at } }) => `~ ${id}  ${at.file}:${at.line}  ${parts.join(', ')}`),
    `${added.length} added, ${removed.length} removed, ${changed.length} changed, ${same} the same`,
    ...probes.map(({ point, category, before, after }) => `probe ${point}: ${category}: ${before} -> ${after}`),
    probes.length === 0 ? 'every probe meets the same effect' : `${probes.length} probes meet another effect`,
    ...(recorded === undefined ? [] : [describeBacktest(recorded).trimEnd()]),
    '',
  ].join('\n');
}
