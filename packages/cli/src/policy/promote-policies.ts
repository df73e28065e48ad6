import { userInfo } from 'node:os';
import type { AuditRecord } from '@sallyport/core';
import { Backtest, findingTypesOf, preparePromotion, writePromotion } from '@sallyport/runtime';
import { type Cli, configOr, printJson } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { fileFailure } from '../row-files.ts';
import { describeBacktest } from './backtest-report.ts';
import { drillsOf, type PolicyFlags, policiesFor, type RecordFlags } from './policy-flags.ts';
import { readRecordedInputs } from './recorded-inputs.ts';

interface PromoteFlags extends PolicyFlags, RecordFlags {
  readonly folder?: string;
  readonly reason: string;
  readonly by?: string;
  readonly dryRun?: boolean;
}

/** `sallyport policy promote`: policies that only reported act from now on, after what they would have done was looked at. */
export function promoteCommand({ terminal, run }: Cli) {
  return run(async (ids: readonly string[], flags: PromoteFlags): Promise<number> => {
    const config = await configOr(flags, terminal);
    if (typeof config === 'number') return config;
    const policies = policiesFor(flags.folder, flags, { config, terminal });
    const prepared = preparePromotion(policies, ids, findingTypesOf(config));
    if (!prepared.ok) {
      for (const problem of prepared.problems) terminal.err(`error: ${problem}\n`);
      if (flags.json === true) await printJson(terminal, { ok: false, problems: prepared.problems });
      return EXIT.negative;
    }
    const backtest = new Backtest(prepared.after, drillsOf(flags));
    try {
      const onRecord = (record: AuditRecord) => backtest.add(record);
      const { of } = await readRecordedInputs(flags, { config, terminal, onRecord });
      const report = backtest.report(of);
      const { policySet } = prepared.after;
      const written = flags.dryRun !== true;
      if (written) {
        writePromotion(policies.folder ?? '', prepared, {
          policySet,
          promoted: [...new Set(ids)],
          backtest: backtest.summary(of),
          by: (flags.by ?? userInfo().username).slice(0, 100),
          reason: flags.reason.slice(0, 1_000),
          at: new Date().toISOString(),
        });
      }
      const files = [...prepared.files.keys()];
      if (flags.json === true) await printJson(terminal, { ok: true, policySet, written, files, backtest: report });
      else {
        const told = written ? `written: ${files.join(', ')}, set ${policySet.slice(0, 12)}` : 'nothing was written';
        await terminal.out(`${describeBacktest(report)}${told}\n`);
      }
      return EXIT.ok;
    } catch (error) {
      return fileFailure(error, flags, terminal);
    }
  });
}
