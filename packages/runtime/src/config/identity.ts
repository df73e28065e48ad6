import { readUrl } from '@sallyport/core';
import type { ActingConfig, CertificateConfig, IdentityConfig, IssuerConfig } from './config.ts';
import { isLoopback } from './loopback.ts';
import { type PemContext, readPem } from './pem-file.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';

type Options = ConfigFile['identity'];

export function resolveIdentity(options: Options, context: PemContext): IdentityConfig {
  const { maxTokenBytes, issuers, certificates, onBehalfOf } = options;
  return {
    maxTokenBytes,
    ...resolveComing({ issuers, certificates }, ['identity'], context.report),
    onBehalfOf: {
      audience: onBehalfOf.audience,
      maxAgeMs: onBehalfOf.maxAgeMs,
      agents: onBehalfOf.agents.map((agent, index) => resolveAgent(agent, index, context)),
    },
  };
}

type Path = readonly (string | number)[];

/** Who comes in by tokens and certificates, as it is said at the path. */
export function resolveComing(
  { issuers, certificates }: Pick<Options, 'issuers' | 'certificates'>,
  path: Path,
  report: Report,
): Pick<IdentityConfig, 'issuers' | 'certificates'> {
  const names = issuers.map(({ name }) => name);
  const claimed = issuers.map(({ issuer }) => issuer);
  for (const [index, { name, issuer }] of issuers.entries()) {
    if (names.indexOf(name) < index) report({ path: [...path, 'issuers', index, 'name'] }, 'repeats a name');
    if (claimed.indexOf(issuer) < index) report({ path: [...path, 'issuers', index, 'issuer'] }, 'repeats an issuer');
  }
  return {
    issuers: issuers.flatMap((issuer, index) => resolveIssuer(issuer, [...path, 'issuers', index], report) ?? []),
    certificates: certificates.flatMap(
      (each, index) => resolveCertificate(each, [...path, 'certificates', index], report) ?? [],
    ),
  };
}

function resolveIssuer(issuer: Options['issuers'][number], path: Path, report: Report): IssuerConfig | undefined {
  const { jwks, discovery, prefix, ...rest } = issuer;
  if ((jwks === undefined) === !discovery) {
    report({ path }, 'needs either `jwks` or `discovery: true`');
    return undefined;
  }
  if (rest.keysStaleMs < rest.keysMaxAgeMs) report({ path: [...path, 'keysStaleMs'] }, 'is less than `keysMaxAgeMs`');
  const address = jwks ?? `${issuer.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const problem = addressProblem(address);
  if (problem !== undefined) report({ path: [...path, jwks === undefined ? 'issuer' : 'jwks'] }, problem);
  return {
    ...rest,
    prefix: prefix ?? `${issuer.name}:`,
    keysAt: jwks === undefined ? { discovery: address } : { jwks: address },
  };
}

function addressProblem(text: string): string | undefined {
  const url = readUrl(text);
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'must be an https address';
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return 'must be an https address, but for this machine itself';
  if (url.username !== '' || url.password !== '') return 'must not hold credentials';
  return url.hash === '' ? undefined : 'must not have a fragment';
}

function resolveCertificate(
  { uri, dns, commonName, id, ...principal }: Options['certificates'][number],
  path: Path,
  report: Report,
): CertificateConfig | undefined {
  const given = Object.entries({ uri, dns, commonName }).flatMap(([by, pattern]) =>
    pattern === undefined ? [] : [{ by: by as CertificateConfig['by'], pattern }],
  );
  const [only] = given;
  if (only === undefined || given.length > 1) {
    report({ path }, 'needs exactly one of `uri`, `dns` and `commonName`');
    return undefined;
  }
  const { scope, ...who } = principal;
  return { ...only, ...who, id, ...(scope !== undefined && { scope }) };
}

function resolveAgent(
  agent: Options['onBehalfOf']['agents'][number],
  index: number,
  context: PemContext,
): ActingConfig {
  const { publicKey: file, ...rest } = agent;
  if (file === undefined) return { ...rest, publicKey: undefined };
  const path = ['identity', 'onBehalfOf', 'agents', index, 'publicKey'];
  const key = readPem('publicKey', { file, path }, context);
  // A private key has a public half too, and would be read: it has no business here.
  if (key?.pem.includes('PRIVATE KEY') === true) context.report({ path }, 'holds a private key: give the public one');
  return { ...rest, publicKey: key?.pem };
}
