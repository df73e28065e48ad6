import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Sent to this host alone, over TLS alone, for every path of it, and never by a page of another site but for following a link (RFC 6265bis, section 4.1.3). */
const COOKIE = '__Host-sallyport-consent';
const SECRET_BYTES = 32;
const SECRET_FORM = /^[A-Za-z0-9_-]{43}$/;

/** Ties pages to the browser that they were shown in. */
export class BrowserBinding {
  readonly #key = randomBytes(SECRET_BYTES);
  readonly #lastsMs: number;

  constructor(lastsMs: number) {
    this.#lastsMs = lastsMs;
  }

  /** What the browser's cookie holds; one that comes twice, or is none of ours, is none. */
  secretOf({ cookie = '' }: IncomingHttpHeaders): string | undefined {
    const found = cookie.split(';').flatMap((pair) => {
      const [name = '', value = ''] = pair.split('=', 2);
      return name.trim() === COOKIE ? [value.trim()] : [];
    });
    const [secret = ''] = found;
    return found.length === 1 && SECRET_FORM.test(secret) ? secret : undefined;
  }

  /** A secret for a browser that has none. */
  newSecret(): string {
    return randomBytes(SECRET_BYTES).toString('base64url');
  }

  cookieOf(secret: string): string {
    const seconds = Math.ceil(this.#lastsMs / 1_000);
    return `${COOKIE}=${secret}; Path=/; Max-Age=${seconds}; Secure; HttpOnly; SameSite=Lax`;
  }

  /** What the form of one page in one browser holds: no other site's page can know it. */
  formToken(secret: string, ticket: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([secret, ticket]))
      .digest('base64url');
  }

  isFormToken(given: string, secret: string, ticket: string): boolean {
    const expected = Buffer.from(this.formToken(secret, ticket));
    const shown = Buffer.from(given);
    return shown.length === expected.length && timingSafeEqual(shown, expected);
  }
}
