import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  claimedVersion,
  describeProblem,
  type PolicyBundle,
  readPolicyFolder,
  type Signer,
  signBundle,
} from '@sallyport/policy';
import type { PoliciesConfig } from '../config/index.ts';
import { loadPolicies } from '../load-policies.ts';

export interface SigningOrder {
  readonly name: string;
  /** Default: one more than the folder's bundle says, or 1. */
  readonly version?: number;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** PEM file with an Ed25519 private key. */
  readonly keyFile: string;
}

export type Signed =
  | {
      readonly ok: true;
      readonly text: string;
      readonly claims: Pick<PolicyBundle, 'name' | 'version' | 'policySet'>;
      readonly files: number;
    }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * The text of a folder's `bundle.json`. Only what loads is signed.
 * @param policies with the folder that is signed, and the starter pack beside which it will be in force
 */
export function signPolicies(policies: PoliciesConfig, findingTypes: readonly string[], order: SigningOrder): Signed {
  const signer = signerIn(order.keyFile);
  if (signer === undefined) return refused('the key is no PEM file with an Ed25519 private key');
  const reading = readPolicyFolder(policies.folder ?? '');
  const loaded = loadPolicies({ ...policies, bundle: undefined }, findingTypes);
  if (!loaded.ok) return { ok: false, problems: loaded.problems.map(describeProblem) };
  if (!reading.ok) return { ok: false, problems: reading.problems.map(describeProblem) };
  const version = order.version ?? (claimedVersion(reading.bundle) ?? 0) + 1;
  const claims = { name: order.name, version, policySet: loaded.engine.policySet };
  const text = signBundle(reading, { ...claims, createdAt: order.createdAt }, signer);
  return { ok: true, text, claims, files: reading.digests.size };
}

function refused(problem: string): Signed {
  return { ok: false, problems: [problem] };
}

function signerIn(file: string): Signer | undefined {
  try {
    const privateKey = createPrivateKey(readFileSync(file, 'utf8'));
    return privateKey.asymmetricKeyType === 'ed25519'
      ? { privateKey, publicKey: createPublicKey(privateKey) }
      : undefined;
  } catch {
    return undefined;
  }
}
