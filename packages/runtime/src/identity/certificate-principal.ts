import { fitsPattern, type Principal } from '@sallyport/core';
import type { CertificateConfig } from '../config/index.ts';
import type { PeerCertificate } from './presented.ts';
import { isWord } from './token-principal.ts';

/** Who a client certificate stands for: the first entry that fits one of its names. */
export function certificatePrincipal(
  certificate: PeerCertificate,
  entries: readonly CertificateConfig[],
): Principal | undefined {
  for (const { by, pattern, id, ...principal } of entries) {
    const name = namesOf(certificate, by).find((each) => fitsPattern(pattern, each));
    const named = id ?? name;
    if (name !== undefined && isWord(named)) return { ...principal, id: named };
  }
  return undefined;
}

function namesOf({ uris, dns, commonName }: PeerCertificate, by: CertificateConfig['by']): readonly string[] {
  switch (by) {
    case 'uri':
      return uris;
    case 'dns':
      return dns;
    default:
      return commonName === undefined ? [] : [commonName];
  }
}
