import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type AuditTrail,
  type Checkpoint,
  openAuditTrail,
  parseCheckpoint,
  parseVkey,
  type VerifierKey,
} from '@sallyport/runtime';
import { type ConfigFlags, withOpened } from './command.ts';
import type { Terminal } from './terminal.ts';

/** Longest file of a key or a proof that is read, bytes. */
const FILE_MAX_BYTES = 1_048_576;

/** Runs the body on the log of the configured data folder. */
export function withTrail(
  flags: ConfigFlags,
  terminal: Terminal,
  body: (trail: AuditTrail) => Promise<number>,
): Promise<number> {
  return withOpened({ flags, terminal, open: ({ data }) => openAuditTrail(data) }, body);
}

/** A key given as it is, or as a file that holds it. */
export function vkeyOf(text: string, { cwd }: Pick<Terminal, 'cwd'>): VerifierKey | undefined {
  return parseVkey(text) ?? parseVkey(textOf(resolve(cwd, text))?.trim() ?? '');
}

export function vkeysOf(texts: readonly string[], terminal: Terminal): readonly VerifierKey[] | undefined {
  const keys = texts.map((text) => vkeyOf(text, terminal));
  return keys.every((key) => key !== undefined) ? keys : undefined;
}

/** Checkpoints in files. */
export function checkpointsOf(
  files: readonly string[],
  { cwd }: Pick<Terminal, 'cwd'>,
): readonly Checkpoint[] | undefined {
  const checkpoints = files.map((file) => parseCheckpoint(textOf(resolve(cwd, file)) ?? ''));
  return checkpoints.every((checkpoint) => checkpoint !== undefined) ? checkpoints : undefined;
}

/** For options that may be given more than once. */
export function collected(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Undefined where there is no such file, or a larger one than any of these may be. */
export function textOf(file: string, maxBytes?: number): string | undefined {
  return bytesOf(file, maxBytes)?.toString('utf8');
}

export function bytesOf(file: string, maxBytes = FILE_MAX_BYTES): Buffer | undefined {
  try {
    return existsSync(file) && statSync(file).size <= maxBytes ? readFileSync(file) : undefined;
  } catch {
    return undefined;
  }
}
