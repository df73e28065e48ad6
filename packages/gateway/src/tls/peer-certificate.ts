import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { type PeerCertificate as NodeCertificate, TLSSocket } from 'node:tls';
import type { PeerCertificate, Presented } from '@sallyport/runtime';
import { alternativeNames } from './alternative-names.ts';

/** Read once for each connection. */
const known = new WeakMap<TLSSocket, { readonly shown: Presented['certificate'] }>();

/** The client certificate of a connection; `untrusted` where no authority of ours vouches for it. */
export function peerCertificate(socket: Socket): Presented['certificate'] {
  if (!(socket instanceof TLSSocket)) return undefined;
  let found = known.get(socket);
  if (found === undefined) {
    found = { shown: readCertificate(socket) };
    known.set(socket, found);
  }
  return found.shown;
}

function readCertificate(socket: TLSSocket): Presented['certificate'] {
  const certificate = socket.getPeerCertificate();
  // Node gives an empty object where none was shown.
  if (certificate?.raw === undefined) return undefined;
  return socket.authorized ? described(certificate) : 'untrusted';
}

function described({ raw, subject, subjectaltname }: NodeCertificate): PeerCertificate {
  const names = alternativeNames(subjectaltname ?? '');
  const { CN: commonName } = subject as { readonly CN?: unknown };
  return {
    thumbprint: createHash('sha256').update(raw).digest('base64url'),
    uris: names.flatMap(({ type, name }) => (type === 'URI' ? [name] : [])),
    dns: names.flatMap(({ type, name }) => (type === 'DNS' ? [name] : [])),
    // Of a subject with several, which one is meant nobody can say.
    commonName: typeof commonName === 'string' ? commonName : undefined,
  };
}
