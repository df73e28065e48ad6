import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DrillCase, type DrillResult, readCases, SAVED_CASES_MAX, savedCases } from '@sallyport/redteam';
import { visibleText } from '@sallyport/text';

const ENDING = '.jsonl';

/** The cases of a file, or of all `*.jsonl` of a folder; or what is wrong with them. */
export function casesIn(path: string, budget: number): readonly DrillCase[] | string {
  const cases: DrillCase[] = [];
  try {
    const files = statSync(path).isDirectory() ? filesOf(path) : [path];
    for (const file of files) {
      const read = readCases(readFileSync(file, 'utf8'));
      if ('badLine' in read) return `line ${read.badLine} of \`${visibleText(file)}\` is no case of a drill`;
      cases.push(...read);
    }
  } catch {
    return `\`${visibleText(path)}\` cannot be read`;
  }
  if (cases.length === 0) return `\`${visibleText(path)}\` holds no case`;
  if (cases.length <= budget) return cases;
  return `\`${visibleText(path)}\` holds ${cases.length} cases: more than \`--budget\``;
}

function filesOf(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(ENDING));
  return names.sort().map((name) => join(folder, name));
}

/** The file of `--save-cases`: what it holds already stays, and is not written twice. */
export class FoundCases {
  readonly #path: string;
  readonly #lines: Set<string>;

  private constructor(path: string, lines: Set<string>) {
    this.#path = path;
    this.#lines = lines;
  }

  /** @returns what is wrong with the file, before a drill that could not save what it finds */
  static open(path: string): FoundCases | string {
    try {
      appendFileSync(path, '', { mode: 0o600 });
      const text = readFileSync(path, 'utf8');
      const cases = readCases(text);
      if ('badLine' in cases) return `line ${cases.badLine} of the file of \`--save-cases\` is no case of a drill`;
      if (text !== '' && !text.endsWith('\n')) appendFileSync(path, '\n');
      return new FoundCases(path, new Set(text.split('\n').filter((line) => line.trim() !== '')));
    } catch {
      return `the file \`${visibleText(path)}\` of \`--save-cases\` cannot be written`;
    }
  }

  /** Adds what went wrong, as far as a file of cases has room. @returns whether it could */
  add(results: readonly DrillResult[]): boolean {
    const room = SAVED_CASES_MAX - this.#lines.size;
    const found = savedCases(results).split('\n');
    const more = found.filter((line) => line !== '' && !this.#lines.has(line)).slice(0, Math.max(0, room));
    for (const line of more) this.#lines.add(line);
    try {
      appendFileSync(this.#path, more.map((line) => `${line}\n`).join(''));
      return true;
    } catch {
      return false;
    }
  }
}
