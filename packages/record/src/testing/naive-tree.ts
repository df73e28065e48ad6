import { createHash } from 'node:crypto';

/** The tree as RFC 9162 defines it, word for word and slow: what the fast one is held against. */
export function naiveRoot(leaves: readonly Uint8Array[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return sha256(Buffer.of(0), only);
  const k = splitOf(leaves.length);
  return sha256(Buffer.of(1), naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

/** PATH(m, D_n) of section 2.1.3.1. */
export function naivePath(m: number, leaves: readonly Uint8Array[]): Buffer[] {
  if (leaves.length <= 1) return [];
  const k = splitOf(leaves.length);
  if (m < k) return [...naivePath(m, leaves.slice(0, k)), naiveRoot(leaves.slice(k))];
  return [...naivePath(m - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))];
}

/** PROOF(m, D_n) of section 2.1.4.1. */
export function naiveProof(m: number, leaves: readonly Uint8Array[]): Buffer[] {
  return naiveSubProof(m, leaves, true);
}

function naiveSubProof(m: number, leaves: readonly Uint8Array[], known: boolean): Buffer[] {
  if (m === leaves.length) return known ? [] : [naiveRoot(leaves)];
  const k = splitOf(leaves.length);
  if (m <= k) return [...naiveSubProof(m, leaves.slice(0, k), known), naiveRoot(leaves.slice(k))];
  return [...naiveSubProof(m - k, leaves.slice(k), false), naiveRoot(leaves.slice(0, k))];
}

function splitOf(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1));
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
