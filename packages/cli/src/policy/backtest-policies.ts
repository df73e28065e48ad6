import { Backtest, findingTypesOf, loadPolicies } from '@sallyport/runtime';
import { type Cli, configOr, printJson, reportPolicyProblems } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { fileFailure } from '../row-files.ts';
import { describeBacktest } from './backtest-report.ts';
import { drillsOf, type PolicyFlags, policiesFor, type RecordFlags } from './policy-flags.ts';
import { readRecordedInputs } from './recorded-inputs.ts';

/** `sallyport policy backtest`: what a folder of policies would have done to what was recorded. */
export function backtestCommand({ terminal, run }: Cli) {
  return run(async (candidate: string, flags: PolicyFlags & RecordFlags): Promise<number> => {
    const config = await configOr(flags, terminal);
    if (typeof config === 'number') return config;
    const loaded = loadPolicies(policiesFor(candidate, flags, { config, terminal }), findingTypesOf(config));
    if (!loaded.ok) return reportPolicyProblems(loaded.problems, flags, terminal);
    const backtest = new Backtest(loaded.engine, drillsOf(flags));
    try {
      const onRecord = (record: Parameters<typeof backtest.add>[0]) => backtest.add(record);
      const { of, unreadable } = await readRecordedInputs(flags, { config, terminal, onRecord });
      if (unreadable > 0) terminal.err(`warning: ${unreadable} lines hold no record\n`);
      const report = backtest.report(of);
      if (flags.json === true) await printJson(terminal, { ...report, unreadable });
      else await terminal.out(describeBacktest(report));
      return EXIT.ok;
    } catch (error) {
      return fileFailure(error, flags, terminal);
    }
  });
}
