import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import {
  type CaseResult,
  findingTypesOf,
  formatProblem,
  loadPolicies,
  type PolicyCase,
  readPolicyCases,
  runPolicyCases,
  starterFolder,
} from '@sallyport/runtime';
import { type Cli, configOr, misuse, printJson, reportPolicyProblems } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { type PolicyFlags, policiesFor } from './policy-flags.ts';

/** Bytes of a file of cases. */
const MAX_FILE_BYTES = 1_048_576;

interface TestFlags extends PolicyFlags {
  readonly cases?: readonly string[];
}

/** `sallyport policy test`: what the cases beside the policies say, and what came. */
export function testCommand({ terminal, run }: Cli) {
  return run(async (folder: string | undefined, flags: TestFlags): Promise<number> => {
    const config = await configOr(flags, terminal);
    if (typeof config === 'number') return config;
    const policies = policiesFor(folder, flags, { config, terminal });
    const loaded = loadPolicies(policies, findingTypesOf(config));
    if (!loaded.ok) return reportPolicyProblems(loaded.problems, flags, terminal);
    const beside = join(policies.folder ?? starterFolder(policies.pack ?? 'baseline'), 'tests');
    const files = (flags.cases ?? [beside]).flatMap((path) => caseFilesAt(resolve(terminal.cwd, path)));
    if (files.length === 0)
      return misuse('there are no files of cases, `*.yaml` or `*.json`, in `tests`', flags, terminal);
    const read = readFiles(files, terminal);
    if ('problems' in read) {
      for (const problem of read.problems) terminal.err(`${problem}\n`);
      if (flags.json === true) await printJson(terminal, { ok: false, problems: read.problems });
      return EXIT.usage;
    }
    const results = runPolicyCases(loaded.engine, read.cases);
    return tell(results, flags, terminal);
  });
}

function caseFilesAt(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => /\.(?:ya?ml|json)$/.test(name) && !name.startsWith('.'))
      .sort()
      .map((name) => join(path, name));
  } catch {
    return [];
  }
}

function readFiles(
  files: readonly string[],
  { cwd }: Terminal,
): { readonly cases: readonly PolicyCase[] } | { readonly problems: readonly string[] } {
  const cases: PolicyCase[] = [];
  const problems: string[] = [];
  for (const file of files) {
    const shown = relative(cwd, file);
    const text = textOf(file);
    const read = text === undefined ? undefined : readPolicyCases(text, shown);
    if (read === undefined) problems.push(`${shown}: cannot be read, or is larger than ${MAX_FILE_BYTES} bytes`);
    else if ('problems' in read) problems.push(...read.problems.map(formatProblem));
    else cases.push(...read.cases);
  }
  return problems.length > 0 ? { problems } : { cases };
}

function textOf(file: string): string | undefined {
  try {
    return statSync(file).size > MAX_FILE_BYTES ? undefined : readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function tell(results: readonly CaseResult[], { json }: TestFlags, terminal: Terminal): Promise<number> {
  const failed = results.filter(({ misses }) => misses.length > 0);
  if (json === true) {
    const told = failed.map(({ case: { name, at }, misses }) => ({ name, at, misses }));
    await printJson(terminal, { ok: failed.length === 0, cases: results.length, failed: told });
  } else {
    for (const result of failed) await terminal.out(describe(result));
    await terminal.out(
      `${results.length} cases, ${failed.length === 0 ? 'all as expected' : `${failed.length} not as expected`}\n`,
    );
  }
  return failed.length === 0 ? EXIT.ok : EXIT.negative;
}

function describe({ case: { name, at }, misses }: CaseResult): string {
  const lines = misses.map(({ part, expected, actual }) => `  ${part}: expected ${expected}, was ${actual}\n`);
  return `${at.file}:${at.line} ${name}\n${lines.join('')}`;
}
