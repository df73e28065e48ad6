import { createPublicKey } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BundleConfig } from './config.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';

/** A PEM file with one public key takes a few hundred bytes. */
const MAX_KEY_BYTES = 16_384;

/** Reads the public keys that policy folders must be signed by. What is wrong with one is reported at its place. */
export function resolveBundle(
  { bundle, folder: policies }: ConfigFile['policies'],
  { folder, report }: { readonly folder: string; readonly report: Report },
): BundleConfig | undefined {
  if (bundle === undefined) return undefined;
  const path = ['policies', 'bundle'];
  if (policies === undefined) report({ path }, 'goes with `policies.folder`: there is nothing else to sign');
  const publicKeys = bundle.publicKeys.flatMap((file, at) => {
    const pem = publicKeyIn(resolve(folder, file));
    if (pem === undefined) report({ path: [...path, 'publicKeys', at] }, 'is no PEM file with an Ed25519 public key');
    return pem ?? [];
  });
  return { publicKeys, allowRollback: bundle.allowRollback };
}

function publicKeyIn(file: string): string | undefined {
  try {
    if (statSync(file).size > MAX_KEY_BYTES) return undefined;
    const pem = readFileSync(file, 'utf8');
    // A private key would give its public one too, and does not belong on this machine.
    if (pem.includes('PRIVATE')) return undefined;
    return createPublicKey(pem).asymmetricKeyType === 'ed25519' ? pem : undefined;
  } catch {
    return undefined;
  }
}
