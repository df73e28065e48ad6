import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { TlsConfig } from '@sallyport/runtime';

/** What a listener's TLS is made of, as its files say now. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  readonly minVersion: 'TLSv1.2';
  /** Of the contents. */
  readonly digest: string;
  /** Until when the certificate is good, RFC 3339. */
  readonly until: string;
}

export type ReadMaterial = TlsMaterial | { readonly digest: string; readonly refused: string };

/** Reads the files, and says what is wrong with them where they make no TLS together. No word of what is in them. */
export function readTlsFiles({ cert, key, ca }: TlsConfig): ReadMaterial {
  const contents: Buffer[] = [];
  try {
    for (const file of [cert, key, ...(ca === undefined ? [] : [ca])]) contents.push(readFileSync(file));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return { digest: code, refused: `a file cannot be read (${code})` };
  }
  const digest = digestOf(contents);
  const [certPem = EMPTY, keyPem = EMPTY, caPem] = contents;
  const material = {
    cert: certPem,
    key: keyPem,
    ...(caPem !== undefined && { ca: caPem }),
    minVersion: 'TLSv1.2',
  } as const;
  try {
    const certificate = new X509Certificate(certPem);
    if (!certificate.checkPrivateKey(createPrivateKey(keyPem))) {
      return { digest, refused: 'certificate and key do not belong together' };
    }
    createSecureContext(material);
    return { ...material, digest, until: new Date(certificate.validTo).toISOString() };
  } catch {
    return { digest, refused: 'certificate, key or authorities are not valid' };
  }
}

const EMPTY = Buffer.alloc(0);

function digestOf(contents: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(`${content.length}\n`).update(content);
  return hash.digest('hex');
}
