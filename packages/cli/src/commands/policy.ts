import { findingTypesOf, type PolicyReview, reviewPolicies, STARTER_PACKS } from '@sallyport/runtime';
import { Argument, type Command } from 'commander';
import {
  type Cli,
  type ConfigFlags,
  configOr,
  DATA_FLAG,
  JSON_FLAG,
  printJson,
  reportPolicyProblems,
} from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { atLeastOne } from '../numbers.ts';
import { backtestCommand } from '../policy/backtest-policies.ts';
import { copyCommand } from '../policy/copy-pack.ts';
import { diffCommand } from '../policy/diff-policies.ts';
import { explainCommand } from '../policy/explain-policies.ts';
import { type PolicyFlags, policiesFor, withConfig, withRecords, withStarter } from '../policy/policy-flags.ts';
import { promoteCommand } from '../policy/promote-policies.ts';
import { signCommand } from '../policy/sign-policies.ts';
import { testCommand } from '../policy/test-policies.ts';
import { describeReview, reviewJson } from '../policy-report.ts';
import { wordTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

type Review = Extract<PolicyReview, { ok: true }>;

const OTHER_FOLDER = 'a policy folder other than the configured one';

export function addPolicyCommand(cli: Cli): void {
  const { program, terminal, run } = cli;
  const policy = program.command('policy').description('the policies: who may use what, and what happens to findings');
  withStarter(policy.command('list').description('all policies that would be in force'))
    .argument('[folder]', OTHER_FOLDER)
    .action(
      run((folder: string | undefined, flags: PolicyFlags) => withReview(folder, flags, { terminal, body: list })),
    );
  withStarter(policy.command('check').description('parse, validate and probe; exit code 1 when they are not valid'))
    .argument('[folder]', OTHER_FOLDER)
    .action(
      run((folder: string | undefined, flags: PolicyFlags) => withReview(folder, flags, { terminal, body: check })),
    );
  withStarter(
    policy
      .command('test')
      .description('put the cases beside the policies to them; exit code 1 when one comes otherwise'),
  )
    .argument('[folder]', OTHER_FOLDER)
    .option('--cases <paths...>', 'files of cases, or folders of them (default: `tests` in the policy folder)')
    .action(testCommand(cli));
  addLifecycleCommands(policy, cli);
}

/** What a set goes through from one version to the next. */
function addLifecycleCommands(policy: Command, cli: Cli): void {
  withRecords(withStarter(policy.command('diff').description('what is different between two sets, and what that does')))
    .argument('<before>', 'a policy folder, or `pack:` and the name of a starter pack')
    .argument('<after>', 'the same')
    .addHelpText('after', '\nRecorded decisions are judged under both sets where `--records` or `--data` says which.')
    .action(diffCommand(cli));
  withRecords(
    withStarter(policy.command('backtest').description('what a policy folder would have done to what was recorded')),
  )
    .argument('<candidate>', 'a policy folder')
    .action(backtestCommand(cli));
  withRecords(withStarter(policy.command('promote').description('let policies in monitor mode act, after a backtest')))
    .argument('<policy...>', 'their ids')
    .requiredOption('--reason <text>', 'why; it stands in the record of the set')
    .option('--by <name>', 'who (default: the user of this process)')
    .option('--folder <folder>', 'a policy folder other than the configured one')
    .option('--dry-run', 'run the backtest and write nothing')
    .action(promoteCommand(cli));
  withConfig(policy.command('explain').description('why an exchange was decided as it was; never content'))
    .argument('<exchange>', 'its id, as `x-sallyport-exchange` gives it')
    .option(...DATA_FLAG)
    .action(explainCommand(cli));
  withStarter(policy.command('sign').description('vouch for a policy folder: writes `bundle.json` into it'))
    .argument('<folder>', 'a policy folder')
    .requiredOption('--key <file>', 'PEM file with an Ed25519 private key')
    .option('--name <name>', "the bundle's name (default: the folder's)")
    .option('--set-version <n>', 'its version (default: one more than that of the bundle that is there)', atLeastOne)
    .action(signCommand(cli));
  policy
    .command('copy')
    .description('a starter pack as a folder of your own, with its cases')
    .addArgument(new Argument('<pack>', 'which').choices(STARTER_PACKS))
    .argument('<folder>', 'a folder that is not there yet, or empty')
    .option(...JSON_FLAG)
    .action(copyCommand(cli));
}

interface Body {
  readonly terminal: Terminal;
  readonly body: (review: Review, flags: ConfigFlags, terminal: Terminal) => Promise<void>;
}

async function withReview(folder: string | undefined, flags: PolicyFlags, { terminal, body }: Body): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const review = reviewPolicies(policiesFor(folder, flags, { config, terminal }), findingTypesOf(config));
  if (!review.ok) return reportPolicyProblems(review.problems, flags, terminal);
  await body(review, flags, terminal);
  return EXIT.ok;
}

async function list(
  { policies, policySet, coverage }: Review,
  { json }: ConfigFlags,
  terminal: Terminal,
): Promise<void> {
  if (json === true) return printJson(terminal, { policySet, policies, evaluatedByCedar: coverage.cedar });
  const slow = new Map(coverage.cedar.map(({ id, reason }) => [id, reason]));
  const titles = ['policy', 'set', 'does', 'mode', 'at', ...(slow.size > 0 ? ['left to Cedar'] : [])];
  const rows = policies.map(({ id, set, kind, effect, mode, at }) => [
    id,
    set,
    effect ?? kind,
    mode,
    `${at.file}:${at.line}`,
    ...(slow.size > 0 ? [slow.get(id) ?? ''] : []),
  ]);
  await terminal.out(wordTable(titles, rows));
}

async function check(review: Review, { json }: ConfigFlags, terminal: Terminal): Promise<void> {
  if (json === true) return printJson(terminal, { ok: true, ...reviewJson(review) });
  await terminal.out(describeReview(review));
}
