import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

const FILES = [
  ['/approvals', 'approvals.html', 'text/html; charset=utf-8'],
  ['/approvals/approvals.js', 'approvals.js', 'text/javascript; charset=utf-8'],
  ['/approvals/approvals.css', 'approvals.css', 'text/css; charset=utf-8'],
  ['/approvals/icon.svg', 'icon.svg', 'image/svg+xml'],
] as const;

/** Nothing runs, loads or sends but what is ours; nobody frames the page; no text becomes markup. */
const PAGE_HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/** The page on which humans answer. Its files hold nothing of the house and are given to whoever asks; what it shows takes an operator. */
export function addApprovalsPage(api: FastifyInstance): void {
  for (const [path, name, type] of FILES) {
    const bytes = readFileSync(new URL(`../../page/${name}`, import.meta.url));
    api.get(path, { config: { open: true } }, (_request, reply) => reply.headers(PAGE_HEADERS).type(type).send(bytes));
  }
}
