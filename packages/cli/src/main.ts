import { SallyportError } from '@sallyport/core';
import { Command, CommanderError } from 'commander';
import type { Cli } from './command.ts';
import { addAccessCommand } from './commands/access.ts';
import { addAlertsCommand } from './commands/alerts.ts';
import { addApprovalsCommand } from './commands/approvals.ts';
import { addAuditCommand } from './commands/audit.ts';
import { addBaselineCommand } from './commands/baseline.ts';
import { addBudgetsCommand } from './commands/budgets.ts';
import { addCalibrateCommand } from './commands/calibrate.ts';
import { addCheckCommand } from './commands/check.ts';
import { addDrillCommand } from './commands/drill.ts';
import { addEvalCommand } from './commands/eval.ts';
import { addEvidenceCommand } from './commands/evidence.ts';
import { addFeedbackCommand } from './commands/feedback.ts';
import { addIdentityCommand } from './commands/identity.ts';
import { addIsolateCommand } from './commands/isolate.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addMcpCommand } from './commands/mcp.ts';
import { addOperatorsCommand } from './commands/operators.ts';
import { addPolicyCommand } from './commands/policy.ts';
import { addPrivacyCommand } from './commands/privacy.ts';
import { addReplayCommand } from './commands/replay.ts';
import { addReportCommand } from './commands/report.ts';
import { addScanCommand } from './commands/scan.ts';
import { addStartCommand } from './commands/start.ts';
import { addTailCommand } from './commands/tail.ts';
import { addToolsCommand } from './commands/tools.ts';
import { addTopCommand } from './commands/top.ts';
import { EXIT } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { VERSION } from './version.ts';

export { processTerminal } from './terminal.ts';

const HELP = `
Exit codes: 0 done, 1 the answer is no, 2 wrong usage or configuration, 3 a drill or a comparison that could not measure; \`scan\` has its own, by effect (see \`sallyport scan --help\`).`;

/**
 * Runs one command line to its end.
 * @param args without the program's name
 * @returns the exit code
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = new Command('sallyport')
    .description('a guarded entryway between applications or agents and the models that they use')
    .version(VERSION)
    .addHelpText('after', HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.out(text),
      writeErr: (text) => terminal.err(text),
      getOutHelpWidth: () => terminal.columns,
      getErrHelpWidth: () => terminal.columns,
    });
  const cli: Cli = {
    program,
    terminal,
    run:
      (body) =>
      async (...given) => {
        exitCode = await body(...given);
      },
  };
  for (const add of [
    addStartCommand,
    addCheckCommand,
    addScanCommand,
    addEvalCommand,
    addCalibrateCommand,
    addFeedbackCommand,
    addReplayCommand,
    addDrillCommand,
    addKeysCommand,
    addOperatorsCommand,
    addApprovalsCommand,
    addAlertsCommand,
    addIsolateCommand,
    addToolsCommand,
    addMcpCommand,
    addBudgetsCommand,
    addIdentityCommand,
    addBaselineCommand,
    addTopCommand,
    addTailCommand,
    addAccessCommand,
    addAuditCommand,
    addEvidenceCommand,
    addReportCommand,
    addPrivacyCommand,
    addPolicyCommand,
  ])
    add(cli);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof SallyportError) return reportError(error, terminal);
    throw error;
  }
}

/** A broken world: said in one line, without a stack that means nothing to its reader. */
function reportError({ code, message, detail }: SallyportError, terminal: Terminal): number {
  terminal.err(`error: ${message}${detail === undefined ? '' : `: ${detail}`} (${code})\n`);
  return EXIT.negative;
}
