import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type LoadOptions, type LoadResult, loadPolicySets, MAX_SOURCE_CHARS, type PolicySources } from './load.ts';
import type { PolicyProblem } from './problem.ts';
import { POLICY_SETS, type PolicySetName, type PolicySource } from './statement.ts';

/** Files that one set may have. */
export const MAX_FILES_PER_SET = 500;

/** What says who vouches for a folder, and what its author says of the last change: beside the two sets. */
export const BUNDLE_FILE = 'bundle.json';
export const CHANGE_FILE = 'change.json';
/** Bytes of each. */
export const MAX_NOTE_BYTES = 1_048_576;

/** What a folder holds, or why it can't be read. */
export type FolderReading =
  | {
      readonly ok: true;
      readonly sources: PolicySources;
      /** SHA-256 of each file's bytes as they were read, hexadecimal, by its place in the folder: `guard/secrets.cedar`. */
      readonly digests: ReadonlyMap<string, string>;
      /** Text of `bundle.json` and `change.json`, where they are there and can be read. */
      readonly bundle?: string;
      readonly change?: string;
    }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/**
 * Reads `access/*.cedar` and `guard/*.cedar` of a folder. Other files, and names that start with a dot, are left alone.
 * @param folder absolute, or relative to the working directory
 */
export function readPolicyFolder(folder: string): FolderReading {
  const problems: PolicyProblem[] = [];
  const digests = new Map<string, string>();
  const access = readSet(folder, 'access', { problems, digests });
  const guard = readSet(folder, 'guard', { problems, digests });
  if (problems.length > 0) return { ok: false, problems };
  const bundle = readNote(folder, BUNDLE_FILE);
  const change = readNote(folder, CHANGE_FILE);
  if (change !== undefined) digests.set(CHANGE_FILE, digestOf(change.bytes));
  return {
    ok: true,
    sources: { access, guard },
    digests,
    ...(bundle !== undefined && { bundle: bundle.text }),
    ...(change !== undefined && { change: change.text }),
  };
}

function readNote(folder: string, name: string): { readonly bytes: Buffer; readonly text: string } | undefined {
  return attempt(() => {
    const path = join(folder, name);
    if (statSync(path).size > MAX_NOTE_BYTES) return undefined;
    const bytes = readFileSync(path);
    return { bytes, text: decodeText(bytes) };
  });
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

interface Collected {
  readonly problems: PolicyProblem[];
  readonly digests: Map<string, string>;
}

function readSet(folder: string, set: PolicySetName, { problems, digests }: Collected): readonly PolicySource[] {
  const complain = (file: string, code: PolicyProblem['code'], message: string): void => {
    problems.push({ file, line: 1, column: 1, code, message });
  };
  const names = attempt(() => readdirSync(join(folder, set)));
  if (names === undefined) {
    complain(set, 'folder', `a policy folder needs a readable folder \`${set}\`, even an empty one`);
    return [];
  }
  const files = names.filter((name) => name.endsWith('.cedar') && !name.startsWith('.')).sort();
  if (files.length > MAX_FILES_PER_SET) complain(set, 'too-large', `more than ${MAX_FILES_PER_SET} files`);
  return files.slice(0, MAX_FILES_PER_SET).flatMap((name) => {
    const path = join(folder, set, name);
    // UTF-8 takes at most four bytes for one character: what is larger than that isn't read at all.
    if ((attempt(() => statSync(path).size) ?? 0) > 4 * MAX_SOURCE_CHARS) {
      complain(`${set}/${name}`, 'too-large', `longer than ${MAX_SOURCE_CHARS} characters`);
      return [];
    }
    const bytes = attempt(() => readFileSync(path));
    const text = bytes === undefined ? undefined : attempt(() => decodeText(bytes));
    if (bytes !== undefined) digests.set(`${set}/${name}`, digestOf(bytes));
    if (text === undefined) complain(`${set}/${name}`, 'folder', 'the file cannot be read as UTF-8 text');
    return text === undefined ? [] : [{ name, text }];
  });
}

/** A folder changes while it is read: what can't be read is a problem of the set, and the next event reads it again. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Reads a folder and loads its sets. Names of sets are enough to find the others: `POLICY_SETS`. */
export function loadPolicyFolder(folder: string, options: LoadOptions = {}): LoadResult {
  const reading = readPolicyFolder(folder);
  return reading.ok ? loadPolicySets(reading.sources, options) : reading;
}

/** What a watcher compares: the same text means that nothing has changed. */
export function fingerprintOf(reading: FolderReading): string {
  if (!reading.ok) return JSON.stringify(reading.problems);
  return JSON.stringify([
    reading.bundle ?? '',
    ...POLICY_SETS.map((set) => reading.sources[set].map(({ name, text }) => [name, text])),
  ]);
}
