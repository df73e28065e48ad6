import { isFault } from '@sallyport/core';
import type { AuthorizationOffice } from './authorization/authorization-office.ts';
import type { Asker } from './authorization/pending-consents.ts';
import { NotAuthorized, type UpstreamAuthorization } from './transport/http-line.ts';

/** What one session shows to its server, and where a person can see to it that there is something to show. */
export interface SessionAuthorization extends UpstreamAuthorization {
  /** Address of the page on which the owner must let the gateway in, where it was last missing. */
  readonly consent: () => string | undefined;
}

/** What one session shows to its server: the credential of its owner, as it is by now. */
export function authorizationOf(
  office: Pick<AuthorizationOffice, 'credentialFor' | 'refused'>,
  server: string,
  asker: Asker,
): SessionAuthorization {
  let consent: string | undefined;
  const headersOf = (found: Awaited<ReturnType<AuthorizationOffice['credentialFor']>>) => {
    consent = !isFault(found) && 'consent' in found ? found.consent : undefined;
    return isFault(found) || !('headers' in found) ? undefined : found.headers;
  };
  return {
    consent: () => consent,
    headers: async () => {
      const headers = headersOf(await office.credentialFor(server, asker));
      if (headers === undefined) throw new NotAuthorized('nothing to show');
      return headers;
    },
    refused: async (refusal) => headersOf(await office.refused(server, asker, refusal)) !== undefined,
  };
}
