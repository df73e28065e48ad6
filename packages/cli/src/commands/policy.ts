import { resolve } from 'node:path';
import { findingTypesOf, type PoliciesConfig, type PolicyReview, reviewPolicies } from '@sallyport/runtime';
import type { Command } from 'commander';
import {
  type Cli,
  CONFIG_FLAG,
  type ConfigFlags,
  configOr,
  JSON_FLAG,
  printJson,
  reportPolicyProblems,
} from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { describeReview, reviewJson } from '../policy-report.ts';
import { textTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

type Review = Extract<PolicyReview, { ok: true }>;

interface PolicyFlags extends ConfigFlags {
  readonly starter?: boolean;
}

export function addPolicyCommand({ program, terminal, run }: Cli): void {
  const policy = program.command('policy').description('the policies: who may use what, and what happens to findings');
  withConfig(policy.command('list').description('all policies that would be in force'))
    .argument('[folder]', 'a policy folder other than the configured one')
    .option('--no-starter', 'without the starter policies; with a folder')
    .action(
      run((folder: string | undefined, flags: PolicyFlags) => withReview(folder, flags, { terminal, body: list })),
    );
  withConfig(policy.command('check').description('parse, validate and probe; exit code 1 when they are not valid'))
    .argument('[folder]', 'a policy folder other than the configured one')
    .option('--no-starter', 'without the starter policies; with a folder')
    .action(
      run((folder: string | undefined, flags: PolicyFlags) => withReview(folder, flags, { terminal, body: check })),
    );
}

function withConfig(command: Command): Command {
  return command.option(...CONFIG_FLAG).option(...JSON_FLAG);
}

interface Body {
  readonly terminal: Terminal;
  readonly body: (review: Review, flags: ConfigFlags, terminal: Terminal) => Promise<void>;
}

async function withReview(folder: string | undefined, flags: PolicyFlags, { terminal, body }: Body): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const policies: PoliciesConfig =
    folder === undefined
      ? config.policies
      : { starter: flags.starter !== false, folder: resolve(terminal.cwd, folder) };
  const review = reviewPolicies(policies, findingTypesOf(config));
  if (!review.ok) return reportPolicyProblems(review.problems, flags, terminal);
  await body(review, flags, terminal);
  return EXIT.ok;
}

async function list({ policies, policySet }: Review, { json }: ConfigFlags, terminal: Terminal): Promise<void> {
  if (json === true) return printJson(terminal, { policySet, policies });
  const titles = ['policy', 'set', 'does', 'mode', 'at'];
  const rows = policies.map(({ id, set, kind, effect, mode, at }) => [
    id,
    set,
    effect ?? kind,
    mode,
    `${at.file}:${at.line}`,
  ]);
  await terminal.out(
    textTable(
      titles.map((title) => ({ title, align: 'left' })),
      rows,
    ),
  );
}

async function check(review: Review, { json }: ConfigFlags, terminal: Terminal): Promise<void> {
  if (json === true) return printJson(terminal, { ok: true, ...reviewJson(review) });
  await terminal.out(describeReview(review));
}
