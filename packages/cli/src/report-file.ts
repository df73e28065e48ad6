import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Terminal } from './terminal.ts';

/** A report in both of its forms. */
export interface WrittenReport {
  readonly json: unknown;
  readonly html: () => string;
}

/** What `--out` says. */
export const OUT_FLAG = [
  '--out <file>',
  'write it there: as JSON where the name ends with `.json`, else as an HTML page',
] as const;

/** What is wrong where `writeReport()` could not. */
export const NOT_WRITTEN = 'the file of `--out` cannot be written';

/** Writes a report as JSON where the name of the file ends with `.json`, else as a page. @returns whether it could */
export function writeReport(out: string, { json, html }: WrittenReport, terminal: Terminal): boolean {
  const text = out.endsWith('.json') ? `${JSON.stringify(json, undefined, 2)}\n` : html();
  try {
    writeFileSync(resolve(terminal.cwd, out), text);
  } catch {
    return false;
  }
  terminal.err(`written to ${out}\n`);
  return true;
}
