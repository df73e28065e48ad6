import { describe, expect, it } from 'vitest';
import type { CertificateConfig } from '../config/index.ts';
import { certificatePrincipal } from './certificate-principal.ts';
import type { PeerCertificate } from './presented.ts';

const who = { kind: 'agent', tenant: 'acme', groups: ['agents'] } as const;
const entry = (by: CertificateConfig['by'], pattern: string, id?: string): CertificateConfig => ({
  by,
  pattern,
  id,
  ...who,
});
const shown = (over: Partial<PeerCertificate>): PeerCertificate => ({
  thumbprint: 'A'.repeat(43),
  uris: [],
  dns: [],
  commonName: undefined,
  ...over,
});

describe('certificatePrincipal()', () => {
  it('takes the name that fits for the id, or the id that configuration gives', () => {
    const certificate = shown({ uris: ['spiffe://acme/db', 'spiffe://acme/agents/mail'] });
    expect(certificatePrincipal(certificate, [entry('uri', 'spiffe://acme/agents/*')])).toEqual({
      ...who,
      id: 'spiffe://acme/agents/mail',
    });
    expect(certificatePrincipal(certificate, [entry('uri', 'spiffe://acme/agents/*', 'mailer')])?.id).toBe('mailer');
  });

  it('takes the first entry that fits, each by its own kind of name', () => {
    const entries = [
      entry('uri', 'mail.acme'),
      entry('dns', 'mail.acme', 'by-dns'),
      entry('commonName', 'mail.acme', 'by-cn'),
    ];
    expect(certificatePrincipal(shown({ dns: ['mail.acme'], commonName: 'mail.acme' }), entries)?.id).toBe('by-dns');
    expect(certificatePrincipal(shown({ commonName: 'mail.acme' }), entries)?.id).toBe('by-cn');
    expect(certificatePrincipal(shown({ commonName: 'other' }), entries)).toBeUndefined();
  });

  it('takes no name for an id that records and policies could not hold', () => {
    expect(certificatePrincipal(shown({ commonName: 'mail server' }), [entry('commonName', 'mail*')])).toBeUndefined();
    expect(certificatePrincipal(shown({ commonName: '' }), [entry('commonName', '*')])).toBeUndefined();
  });
});
