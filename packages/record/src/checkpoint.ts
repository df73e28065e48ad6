import type { KeyObject } from 'node:crypto';
import type { TreeHead } from '@sallyport/core';
import { HASH_BYTES } from './merkle-tree.ts';
import {
  noteOf,
  noteSignature,
  parseNote,
  type SignedNote,
  signatureLine,
  type VerifierKey,
  verifierKey,
} from './signed-note.ts';
import { headText } from './tree-head.ts';

/** A tree head as any log of this kind gives it. */
export interface Checkpoint extends SignedNote {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Lines after the root; ours have one, the time. */
  readonly extensions: readonly string[];
}

const DECIMAL = /^(0|[1-9]\d{0,15})$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The head as a C2SP checkpoint: its text, the log's signature, then the lines of its witnesses. */
export function checkpointText(head: TreeHead, publicKey: KeyObject, cosignatures: readonly string[] = []): string {
  const line = signatureLine(verifierKey(head.origin, publicKey), Buffer.from(head.signature, 'base64'));
  return noteOf(headText(head), [line, ...cosignatures]);
}

/** Undefined where the note is no checkpoint. Nothing is verified. Source: C2SP tlog-checkpoint. */
export function parseCheckpoint(note: string): Checkpoint | undefined {
  const parsed = parseNote(note);
  if (parsed === undefined) return undefined;
  const [origin = '', size = '', root = '', ...extensions] = parsed.text.slice(0, -1).split('\n');
  const rootBytes = parseHash(root);
  const count = parseDecimal(size);
  if (origin === '' || count === undefined || rootBytes === undefined || extensions.includes('')) return undefined;
  return { ...parsed, origin, size: count, root: rootBytes, extensions };
}

/** The head in a checkpoint of this log; undefined where the log's key did not sign it, or it is not of our form. */
export function headIn(checkpoint: Checkpoint, key: VerifierKey): TreeHead | undefined {
  const { origin, size, root, extensions } = checkpoint;
  const [at, ...more] = extensions;
  if (origin !== key.name || at === undefined || more.length > 0) return undefined;
  const own = noteSignature(checkpoint, key);
  if (own === undefined) return undefined;
  const signature = Buffer.from(own).toString('base64');
  return { origin, size, root: Buffer.from(root).toString('base64'), at, signature };
}

/** A whole number without leading zeros, up to 2^53. */
export function parseDecimal(text: string): number | undefined {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** 32 bytes in base64, written in the one way in which they can be. */
export function parseHash(text: string): Uint8Array | undefined {
  if (!BASE64.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.byteLength === HASH_BYTES && bytes.toString('base64') === text ? bytes : undefined;
}
