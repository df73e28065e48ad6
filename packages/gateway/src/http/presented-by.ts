import type { IncomingMessage } from 'node:http';
import type { Presented } from '@sallyport/runtime';
import { peerCertificate } from '../tls/peer-certificate.ts';

/** A signed statement of whom an agent acts for; it never goes on to a provider. */
const ON_BEHALF_OF = 'x-sallyport-on-behalf-of';

/** All that a request shows of who it comes from. @param credential as its protocol's adapter found it */
export function presentedBy({ headers, socket }: IncomingMessage, credential: string | undefined): Presented {
  const statement = headers[ON_BEHALF_OF];
  return {
    credential,
    certificate: peerCertificate(socket),
    // Node joins a header that comes twice: that is no statement, and is refused as one.
    onBehalfOf: Array.isArray(statement) ? statement.join() : statement,
  };
}
