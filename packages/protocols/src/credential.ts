import type { RequestHead } from '@sallyport/core';

const BEARER = /^Bearer +([^\s]{1,4096}) *$/i;
const SECRET = /^[!-~]{1,4096}$/;

/** Headers in which clients of any protocol put their key, as it stands. */
const KEY_HEADERS = ['x-api-key', 'api-key', 'x-goog-api-key'] as const;

/** What is shown in the place of a key and is none. */
export const NO_KEY = '';

/**
 * The gateway key, from where the clients of the protocols put it: `Authorization: Bearer`, `x-api-key`, `api-key`,
 * `x-goog-api-key`. Clients that show several of them mean the same gateway: different ones are no key.
 * @returns `undefined` where nothing is shown, `NO_KEY` where what is shown is none: it must not be passed over for something else
 */
export function credentialOf({ headers }: RequestHead): string | undefined {
  const shown = new Set<string>();
  const { authorization } = headers;
  if (authorization !== undefined) {
    const bearer = typeof authorization === 'string' ? BEARER.exec(authorization)?.[1] : undefined;
    if (bearer === undefined) return NO_KEY;
    shown.add(bearer);
  }
  for (const name of KEY_HEADERS) {
    const value = headers[name];
    if (value === undefined) continue;
    if (typeof value !== 'string' || !SECRET.test(value)) return NO_KEY;
    shown.add(value);
  }
  const [secret] = shown;
  return shown.size > 1 ? NO_KEY : secret;
}
