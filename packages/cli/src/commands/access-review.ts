import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openAccessReview, REVIEW_FILE, REVIEWED_KINDS, type ReviewReport } from '@sallyport/runtime';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type Cli,
  type ConfigFlags,
  configOr,
  misuse,
  printJson,
  reportPolicyProblems,
  withStore,
} from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { cell, oneLine } from '../gateway-command.ts';
import { wordTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface ReviewFlags extends ConfigFlags {
  readonly days: number;
  readonly write?: string;
}

export function addAccessReview(access: Command, { terminal, run }: Pick<Cli, 'terminal' | 'run'>): void {
  withStore(
    access
      .command('review')
      .description('what each principal may do, what it did, and what could be taken away, as Cedar policies')
      .option('--days <days>', 'how far back, 1 to 3650', days, 30)
      .option('--write <file>', `write the policies to a file, such as ${REVIEW_FILE} of the policy folder`),
  ).action(run((flags: ReviewFlags) => review(flags, terminal)));
}

function days(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1 || count > 3_650) throw new InvalidArgumentError('must be 1 to 3650');
  return count;
}

async function review(flags: ReviewFlags, terminal: Terminal): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const report = await openAccessReview(config, { days: flags.days, nowMs: Date.now() });
  if ('problems' in report) return reportPolicyProblems(report.problems, flags, terminal);
  if (flags.write !== undefined) {
    try {
      writeFileSync(resolve(terminal.cwd, flags.write), report.policies);
    } catch {
      return misuse('the file of `--write` cannot be written', flags, terminal);
    }
  }
  if (flags.json === true) await printJson(terminal, report);
  else await terminal.out(described(report));
  return EXIT.ok;
}

function described({ principals, grants, from, to, records, dropped, diff }: ReviewReport): string {
  const titles = ['principal', 'tenant', ...REVIEWED_KINDS.map((kind) => `${kind} used`), 'not used'];
  const rows = principals.map(({ principal, used, unused }) =>
    [
      `${principal.kind}/${principal.id}`,
      principal.tenant,
      ...REVIEWED_KINDS.map((kind) => String(Object.keys(used[kind]).length)),
      REVIEWED_KINDS.flatMap((kind) => unused[kind]).join(', ') || '-',
    ].map(cell),
  );
  const idle = grants.filter(({ used }) => used === undefined);
  return [
    `${from} to ${to}: ${records} records with decisions`,
    ...(dropped > 0 ? [`${dropped} names or principals there was no room for`] : []),
    wordTable(titles, rows),
    ...idle.map(({ id, who, until }) => oneLine(`grant ${id} to ${who}, until ${until}, let nothing through`)),
    diff === '' ? 'nothing to take away\n' : diff,
  ].join('\n');
}
