import { readFileSync } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import type { Config } from '@sallyport/runtime';
import { visibleText } from '@sallyport/text';
import { listenerUrl, originOf } from './listener-url.ts';

/** A running gateway answers its operators at once; one that doesn't within this time is taken for gone, milliseconds. */
const ANSWER_WITHIN_MS = 10_000;
/** A stream on which nothing comes for so long, not even a sign of life, is broken, milliseconds. */
const SILENT_MAX_MS = 60_000;
/** A credential that can be sent in a header. */
export const TOKEN = /^[!-~]{1,16384}$/;
/** More than any answer of the admin API, bytes. */
const ANSWER_MAX_BYTES = 64 * 1_048_576;

/** What the gateway answered, or why there is no answer; for people, without the token. */
export type AdminAnswer = { readonly body: unknown } | Refused;

export interface Refused {
  readonly refused: string;
  readonly code?: string;
}

/** Speaks to the admin API of the gateway that runs with this configuration. */
export interface AdminClient {
  /** @param path below `/api/v1` */
  get(path: string): Promise<AdminAnswer>;
  post(path: string, body: object): Promise<AdminAnswer>;
  delete(path: string, body: object): Promise<AdminAnswer>;
  /** Reads a stream. @returns why there is none; nothing when it ended, or when whoever reads it had enough */
  follow(path: string, reading: Reading): Promise<Refused | undefined>;
}

export interface Reading {
  /** Id of the last event that is known already; empty for none. */
  readonly after: string;
  /** Takes what came. @returns whether that is enough */
  readonly onText: (text: string) => boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The client, or what the configuration lacks for one. */
export function adminClient(config: Config, env: Environment): AdminClient | { readonly lacks: string } {
  const named = env.SALLYPORT_OPERATOR_TOKEN;
  const token = named === undefined || named === '' ? config.admin.token?.reveal() : named;
  if (token === undefined && (env.SALLYPORT_ADMIN_CERT ?? '') === '')
    return {
      lacks:
        'no token of an operator: set `SALLYPORT_OPERATOR_TOKEN` or `SALLYPORT_ADMIN_TOKEN`, or `admin.token` in the configuration',
    };
  if (token !== undefined && !TOKEN.test(token)) return { lacks: 'what `SALLYPORT_OPERATOR_TOKEN` holds is no token' };
  const base = baseOf(config, env);
  if (typeof base !== 'string') return base;
  const secure = secureOptions(env);
  if ('lacks' in secure) return secure;
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    'content-type': 'application/json',
  };
  const call = async (method: string, path: string, body?: object): Promise<AdminAnswer> => {
    try {
      const text = body === undefined ? undefined : JSON.stringify(body);
      // Of a method that has a body seldom, node sends no length by itself.
      const length = text === undefined ? {} : { 'content-length': Buffer.byteLength(text) };
      const sent = { ...secure, headers: { ...headers, ...length }, method, ...(text !== undefined && { body: text }) };
      const { status, text: said } = await exchange(new URL(`${base}/api/v1${path}`), sent);
      const answer: unknown = JSON.parse(said);
      return status >= 200 && status < 300 ? { body: answer } : refusal(answer, base);
    } catch (error) {
      return { refused: whyNot(error, base) };
    }
  };
  const follow: AdminClient['follow'] = async (path, { after, onText }) => {
    try {
      const known = after === '' ? {} : { 'last-event-id': after };
      const sent = { ...secure, headers: { ...headers, ...known }, method: 'GET' };
      const { status, text } = await exchange(new URL(`${base}/api/v1${path}`), sent, onText);
      return status === 200 ? undefined : refusal(JSON.parse(text), base);
    } catch (error) {
      return { refused: whyNot(error, base) };
    }
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    delete: (path, body) => call('DELETE', path, body),
    follow,
  };
}

function baseOf({ admin: { host, port, tls } }: Config, env: Environment): string | { readonly lacks: string } {
  const named = env.SALLYPORT_ADMIN_URL;
  if (named !== undefined && named !== '') {
    return (
      originOf(named) ?? { lacks: '`SALLYPORT_ADMIN_URL` is no address such as `https://gateway.example.org:8788`' }
    );
  }
  if (port === 0) return { lacks: 'the gateway picks its admin port itself: say which with `--admin-port`' };
  return listenerUrl({ host, port, tls });
}

/** Whom we trust to be the gateway, and who we are, where the environment says so. */
function secureOptions(env: Environment): Pick<RequestOptions, 'ca' | 'cert' | 'key'> | { readonly lacks: string } {
  const files = { ca: env.SALLYPORT_ADMIN_CA, cert: env.SALLYPORT_ADMIN_CERT, key: env.SALLYPORT_ADMIN_KEY };
  const read: { ca?: Buffer; cert?: Buffer; key?: Buffer } = {};
  for (const name of ['ca', 'cert', 'key'] as const) {
    const file = files[name];
    if (file === undefined || file === '') continue;
    try {
      read[name] = readFileSync(file);
    } catch {
      return { lacks: `the file of \`SALLYPORT_ADMIN_${name.toUpperCase()}\` cannot be read` };
    }
  }
  return read;
}

interface Sent extends Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'headers' | 'method'> {
  readonly body?: string;
}

interface Answered {
  readonly status: number;
  /** Of a stream that was taken as it came: nothing. */
  readonly text: string;
}

function exchange(url: URL, { body, ...options }: Sent, onText?: Reading['onText']): Promise<Answered> {
  const isStream = onText !== undefined;
  const waiting = isStream ? { timeout: SILENT_MAX_MS } : { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) };
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const asked = request(url, { ...options, ...waiting }, (answer) => {
      if (isStream && answer.statusCode === 200) {
        taken(answer, onText).then(() => resolve({ status: 200, text: '' }), reject);
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > ANSWER_MAX_BYTES) answer.destroy(new RangeError('the answer is too large'));
        else chunks.push(chunk);
      });
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
    });
    asked.on('error', reject);
    asked.on('timeout', () => asked.destroy(new Error('nothing comes any more')));
    asked.end(body);
  });
}

async function taken(answer: IncomingMessage, onText: Reading['onText']): Promise<void> {
  answer.setEncoding('utf8');
  for await (const text of answer) if (onText(String(text))) return;
}

function whyNot(error: unknown, base: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.endsWith('ALERT_CERTIFICATE_REQUIRED')) {
    return `the gateway at ${base} wants a client certificate: name one with \`SALLYPORT_ADMIN_CERT\` and \`SALLYPORT_ADMIN_KEY\``;
  }
  return /CERT|SELF_SIGNED|ISSUER|SIGNATURE|ALTNAME/.test(code)
    ? `the certificate of the gateway at ${base} is not trusted (${code}): name its authority with \`SALLYPORT_ADMIN_CA\``
    : `no gateway answers at ${base}`;
}

function refusal(body: unknown, base: string): Refused {
  const { code = '', message = '' } = (body as { error?: { code?: string; message?: string } }).error ?? {};
  if (code === 'KEY_INVALID') return { refused: `the gateway at ${base} knows no operator by this token`, code };
  return { refused: visibleText(message), code };
}
