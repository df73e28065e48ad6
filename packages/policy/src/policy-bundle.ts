import { createHash, type KeyObject } from 'node:crypto';
import { jsonObject, openEnvelope, type Signer, sealEnvelope } from './dsse.ts';
import { BUNDLE_FILE, type FolderReading } from './policy-folder.ts';
import type { PolicyProblem } from './problem.ts';
import type { PolicyBundle } from './vouched-bundle.ts';

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
const PREDICATE_TYPE = 'urn:sallyport:policy-bundle:v1';
const HEX_256 = /^[0-9a-f]{64}$/;
export const BUNDLE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;

export type BundleClaims = Pick<PolicyBundle, 'name' | 'version' | 'policySet' | 'createdAt'>;
type GoodReading = Extract<FolderReading, { ok: true }>;

/**
 * The text of `bundle.json` for a folder as it was read: an in-toto statement whose subjects are the files, in a DSSE envelope.
 * Source: in-toto attestation framework, Statement v1.
 */
export function signBundle({ digests }: GoodReading, claims: BundleClaims, signer: Signer): string {
  const subject = [...digests]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sha256]) => ({ name, digest: { sha256 } }));
  const { name, version, policySet, createdAt } = claims;
  const predicate = { name, version, policySet, createdAt };
  const statement = { _type: STATEMENT_TYPE, subject, predicateType: PREDICATE_TYPE, predicate };
  return sealEnvelope(PAYLOAD_TYPE, Buffer.from(JSON.stringify(statement)), signer);
}

export type BundleCheck =
  | { readonly ok: true; readonly bundle: PolicyBundle }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** Whether one of the keys vouches for exactly the files that were read: none changed, none missing, none besides. */
export function checkBundle(reading: GoodReading, keys: readonly KeyObject[]): BundleCheck {
  if (reading.bundle === undefined)
    return refused('the folder is not signed: `sallyport policy sign` writes this file');
  const opened = openEnvelope(reading.bundle, PAYLOAD_TYPE, keys);
  if ('refused' in opened) return refused(opened.refused);
  const statement = readStatement(opened.payload.toString('utf8'));
  if (statement === undefined) return refused('holds no statement about policies');
  const problems = differences(statement.files, reading.digests);
  if (problems.length > 0) return { ok: false, problems };
  const digest = createHash('sha256').update(opened.payload).digest('hex');
  return { ok: true, bundle: { ...statement.claims, digest, keyId: opened.keyId } };
}

/** What a folder's `bundle.json` says its version is, whoever wrote it: what the next one counts up from. */
export function claimedVersion(bundle: string | undefined): number | undefined {
  const payload = jsonObject(bundle ?? '')?.payload;
  if (typeof payload !== 'string') return undefined;
  return readStatement(Buffer.from(payload, 'base64').toString('utf8'))?.claims.version;
}

/** A problem of the bundle itself. */
export function bundleProblem(message: string, file = BUNDLE_FILE): PolicyProblem {
  return { file, line: 1, column: 1, code: 'bundle', message };
}

function refused(message: string): BundleCheck {
  return { ok: false, problems: [bundleProblem(message)] };
}

function differences(signed: ReadonlyMap<string, string>, read: ReadonlyMap<string, string>): readonly PolicyProblem[] {
  const names = [...new Set([...signed.keys(), ...read.keys()])].sort();
  return names.flatMap((name) => {
    const was = signed.get(name);
    const is = read.get(name);
    if (was === is) return [];
    if (was === undefined) return [bundleProblem('the file is not among those that were signed', name)];
    return [
      bundleProblem(is === undefined ? 'the file was signed and is missing' : 'was changed after it was signed', name),
    ];
  });
}

interface ReadStatement {
  readonly claims: BundleClaims;
  readonly files: ReadonlyMap<string, string>;
}

function readStatement(text: string): ReadStatement | undefined {
  const statement = jsonObject(text);
  if (statement?._type !== STATEMENT_TYPE || statement.predicateType !== PREDICATE_TYPE) return undefined;
  const { predicate, subject } = statement;
  if (!isClaims(predicate) || !Array.isArray(subject)) return undefined;
  const files = new Map<string, string>();
  for (const entry of subject) {
    if (!isSubject(entry) || files.has(entry.name)) return undefined;
    files.set(entry.name, entry.digest.sha256);
  }
  const { name, version, policySet, createdAt } = predicate;
  return { claims: { name, version, policySet, createdAt }, files };
}

function isClaims(value: unknown): value is BundleClaims {
  if (typeof value !== 'object' || value === null) return false;
  const { name, version, policySet, createdAt } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    BUNDLE_NAME.test(name) &&
    typeof version === 'number' &&
    Number.isSafeInteger(version) &&
    version >= 1 &&
    typeof policySet === 'string' &&
    HEX_256.test(policySet) &&
    typeof createdAt === 'string' &&
    !Number.isNaN(Date.parse(createdAt))
  );
}

function isSubject(value: unknown): value is { readonly name: string; readonly digest: { readonly sha256: string } } {
  if (typeof value !== 'object' || value === null) return false;
  const { name, digest } = value as { readonly name?: unknown; readonly digest?: { readonly sha256?: unknown } };
  return typeof name === 'string' && typeof digest?.sha256 === 'string' && HEX_256.test(digest.sha256);
}
