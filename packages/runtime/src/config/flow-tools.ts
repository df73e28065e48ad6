import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readOverrides, type ToolOverrides } from '@sallyport/flow';
import type { Report } from './problem.ts';
import { MAX_CONFIG_BYTES, parseSource } from './source.ts';

const PATH = ['flow', 'tools'];

/** Reads what the operator knows about tools. What is wrong with the file is reported at the option that names it. */
export function resolveFlowTools(
  file: string | undefined,
  { folder, report }: { readonly folder: string; readonly report: Report },
): ToolOverrides {
  if (file === undefined) return {};
  const text = textOf(resolve(folder, file));
  if (text === undefined) {
    report({ path: PATH }, `cannot be read as UTF-8 text of at most ${MAX_CONFIG_BYTES} bytes`);
    return {};
  }
  const source = parseSource(text, file);
  if ('problems' in source) {
    for (const { line, column, message } of source.problems)
      report({ path: PATH }, `line ${line}:${column} ${message}`);
    return {};
  }
  const read = readOverrides(source.value);
  if ('overrides' in read) return read.overrides;
  for (const { path, message } of read.problems) report({ path: PATH }, `\`${path}\` ${message}`);
  return {};
}

function textOf(path: string): string | undefined {
  try {
    if (statSync(path).size > MAX_CONFIG_BYTES) return undefined;
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch {
    return undefined;
  }
}
