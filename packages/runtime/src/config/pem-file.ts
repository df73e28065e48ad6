import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Report } from './problem.ts';

/** A chain of certificates or a bundle of authorities fits in well. */
export const MAX_PEM_BYTES = 1_048_576;

const READERS = {
  certificate: (pem: string) => new X509Certificate(pem),
  publicKey: (pem: string) => createPublicKey(pem),
  privateKey: (pem: string) => createPrivateKey(pem),
};

export interface PemContext {
  /** Folder to which file names are relative. */
  readonly folder: string;
  readonly report: Report;
}

/** Reads a file of the kind `what`, or reports at `path` that it is none. Says nothing of what is in it. */
export function readPem<What extends keyof typeof READERS>(
  what: What,
  { file, path }: { readonly file: string; readonly path: readonly PropertyKey[] },
  { folder, report }: PemContext,
): { readonly pem: string; readonly file: string; readonly read: ReturnType<(typeof READERS)[What]> } | undefined {
  const whole = resolve(folder, file);
  try {
    if (statSync(whole).size > MAX_PEM_BYTES) {
      report({ path }, `file \`${whole}\` is larger than ${MAX_PEM_BYTES} bytes`);
      return undefined;
    }
    const pem = readFileSync(whole, 'utf8');
    const read = READERS[what](pem) as ReturnType<(typeof READERS)[What]>;
    return { pem, file: whole, read };
  } catch {
    report({ path }, `file \`${whole}\` cannot be read, or holds no ${NAMES[what]} in PEM form`);
    return undefined;
  }
}

const NAMES = { certificate: 'certificate', publicKey: 'public key', privateKey: 'private key' } as const;

/** SHA-256 of a certificate in DER, base64url: `x5t#S256` of RFC 8705, section 3.1. */
export function thumbprintOf(certificate: X509Certificate): string {
  return Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
}
