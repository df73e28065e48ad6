import { hash, type KeyObject } from 'node:crypto';
import { isNoteSigned, noteOf, parseNote, signatureLine, signNote, type VerifierKey } from '../signed-note.ts';

export const MANIFEST_PATH = 'MANIFEST';

const FIRST_LINE = 'sallyport evidence manifest v1';
const LINE = /^([0-9a-f]{64}) ([A-Za-z0-9][A-Za-z0-9._/-]{0,199})$/;

/** Longest manifest that is read, characters: the files of the largest set of policies, and all examples, are 250,000. */
const MANIFEST_MAX_CHARS = 1_048_576;

export type ManifestEntries = ReadonlyMap<string, string>;

/** SHA-256 of a file, hexadecimal. */
export function fileHash(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** A signed note that names every file of a pack with its SHA-256, in order of path. */
export function manifestNote(entries: ManifestEntries, key: VerifierKey, signingKey: KeyObject): string {
  const lines = [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, digest]) => `${digest} ${path}\n`);
  const text = `${FIRST_LINE}\n${lines.join('')}`;
  return noteOf(text, [signatureLine(key, signNote(text, signingKey))]);
}

/** The files that a manifest names; undefined where it is none, or `key` did not sign it. */
export function readManifest(note: string, key: VerifierKey): ManifestEntries | undefined {
  const parsed = parseNote(note, MANIFEST_MAX_CHARS);
  if (parsed === undefined || !isNoteSigned(parsed, key)) return undefined;
  const [first, ...lines] = parsed.text.slice(0, -1).split('\n');
  if (first !== FIRST_LINE) return undefined;
  const entries = new Map<string, string>();
  for (const line of lines) {
    const [, digest, path] = LINE.exec(line) ?? [];
    // A path that climbs, or stands there twice, is no manifest of ours.
    if (digest === undefined || path === undefined || path.split('/').includes('..') || entries.has(path))
      return undefined;
    entries.set(path, digest);
  }
  return entries;
}
