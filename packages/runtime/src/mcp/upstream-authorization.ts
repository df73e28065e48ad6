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
  let shown: Readonly<Record<string, string>> = {};
  let consent: string | undefined;
  const take = (found: Awaited<ReturnType<AuthorizationOffice['credentialFor']>>): boolean => {
    consent = !isFault(found) && 'consent' in found ? found.consent : undefined;
    if (isFault(found) || !('headers' in found)) return false;
    shown = found.headers;
    return true;
  };
  return {
    consent: () => consent,
    headers: async () => {
      if (!take(await office.credentialFor(server, asker))) throw new NotAuthorized();
      return shown;
    },
    refused: async (status, wwwAuthenticate) =>
      take(await office.refused(server, asker, { status, wwwAuthenticate, shown })),
  };
}
