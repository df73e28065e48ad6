import type { Config } from '@sallyport/runtime';
import { visibleText } from '@sallyport/text';

/** A running gateway answers its operators at once; one that doesn't within this time is taken for gone, milliseconds. */
const ANSWER_WITHIN_MS = 10_000;
/** Addresses that mean every interface: there is no speaking to them. */
const EVERY_INTERFACE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** What the gateway answered, or why there is no answer; for people, without the token. */
export type AdminAnswer = { readonly body: unknown } | { readonly refused: string; readonly code?: string };

/** Speaks to the admin API of the gateway that runs with this configuration. */
export interface AdminClient {
  /** @param path below `/api/v1` */
  get(path: string): Promise<AdminAnswer>;
  post(path: string, body: object): Promise<AdminAnswer>;
}

/** The client, or what the configuration lacks for one. */
export function adminClient({ admin: { host, port, token } }: Config): AdminClient | { readonly lacks: string } {
  if (token === undefined)
    return { lacks: 'no admin token: set `SALLYPORT_ADMIN_TOKEN`, or `admin.token` in the configuration' };
  if (port === 0) return { lacks: 'the gateway picks its admin port itself: say which with `--admin-port`' };
  const address = EVERY_INTERFACE[host] ?? host;
  const base = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  const call = async (path: string, more: RequestInit): Promise<AdminAnswer> => {
    const headers = { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' };
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const answer = await fetch(`${base}/api/v1${path}`, { ...more, headers, signal, redirect: 'error' });
      const body: unknown = await answer.json();
      return answer.ok ? { body } : refusal(body, base);
    } catch {
      return { refused: `no gateway answers at ${base}` };
    }
  };
  return {
    get: (path) => call(path, {}),
    post: (path, body) => call(path, { method: 'POST', body: JSON.stringify(body) }),
  };
}

function refusal(body: unknown, base: string): AdminAnswer {
  const { code = '', message = '' } = (body as { error?: { code?: string; message?: string } }).error ?? {};
  if (code === 'KEY_INVALID') return { refused: `the gateway at ${base} has another admin token`, code };
  return { refused: visibleText(message), code };
}
