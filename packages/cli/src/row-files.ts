import { resolve } from 'node:path';
import { type ConfigFlags, misuse, printJson } from './command.ts';
import { EXIT } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { filesAt } from './text-files.ts';

/** The files of rows, plain or gzip, that a command was given: those named, and those in folders. A path that is none is wrong usage. */
export async function rowFilesAt(
  paths: readonly string[],
  flags: ConfigFlags,
  terminal: Terminal,
): Promise<readonly string[] | number> {
  const files: string[] = [];
  for (const path of paths) {
    const found = filesAt(resolve(terminal.cwd, path), (name) => /\.jsonl(?:\.gz)?$/.test(name));
    if (found === undefined) return misuse(`there is no file or folder \`${path}\``, flags, terminal);
    files.push(...found);
  }
  return files;
}

/** Reports that a file could not be read or written; everything else is thrown again. Never quotes a row. */
export async function fileFailure(error: unknown, flags: ConfigFlags, terminal: Terminal): Promise<number> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if (code === undefined) throw error;
  terminal.err(`error: a file cannot be read or written (${code})\n`);
  if (flags.json === true) await printJson(terminal, { ok: false, problems: [{ path: '', message: code }] });
  return EXIT.negative;
}
