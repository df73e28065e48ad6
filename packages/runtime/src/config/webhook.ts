import { readUrl } from '@sallyport/core';
import { webhookKey } from '../approvals/webhook-signature.ts';
import type { ApprovalWebhookConfig } from './config.ts';
import type { Report } from './problem.ts';
import type { ConfigFile } from './schema.ts';
import { Secret } from './secret.ts';
import { readSecret, type SecretContext } from './secret-source.ts';

type WebhookOptions = NonNullable<ConfigFile['approvals']['webhook']>;

/** The webhook with its secret read, or nothing when there is none or something is wrong with it. */
export function resolveWebhook(
  options: WebhookOptions | undefined,
  { report, ...context }: SecretContext & { readonly report: Report },
): ApprovalWebhookConfig | undefined {
  if (options === undefined) return undefined;
  const path = ['approvals', 'webhook'];
  const problem = urlProblem(options.url);
  if (problem !== undefined) report({ path: [...path, 'url'] }, problem);
  const secret = readSecret(options.secret, context);
  if (!(secret instanceof Secret)) {
    report({ path: [...path, 'secret'] }, secret.message);
    return undefined;
  }
  if (webhookKey(secret.reveal()) === undefined) {
    report({ path: [...path, 'secret'] }, 'must be `whsec_` and 24 to 64 bytes in base64');
    return undefined;
  }
  return { url: options.url, secret, arguments: options.arguments };
}

/** Why an address can't be posted to; nothing where it can. */
export function urlProblem(text: string): string | undefined {
  const url = readUrl(text);
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return 'must be an http or https address';
  }
  if (url.username !== '' || url.password !== '') return 'must not hold credentials: messages are signed';
  return url.hash === '' ? undefined : 'must not have a fragment';
}
