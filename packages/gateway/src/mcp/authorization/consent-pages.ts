import { hash } from 'node:crypto';
import { ownerName } from '@sallyport/core';
import { html, type Markup } from '@sallyport/pages';
import type { AskedConsent } from '@sallyport/runtime';

const STYLE = `
body{margin:0;font:16px/1.5 system-ui,sans-serif;color:#1c1f23;background:#f4f5f7}
main{max-width:34rem;margin:8vh auto;padding:2rem;background:#fff;border:1px solid #d5d9df;border-radius:.5rem}
h1{font-size:1.25rem;margin:0 0 1rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:1rem 0}
dt{color:#5a6270}
dd{margin:0;overflow-wrap:anywhere}
label{display:block;margin:1rem 0 .25rem}
input{width:100%;box-sizing:border-box;padding:.5rem;font:inherit}
button{padding:.5rem 1rem;font:inherit;margin:1rem .5rem 0 0}
.wrong{color:#9b1c1c}
@media (prefers-color-scheme:dark){body{color:#e6e8eb;background:#16181c}main{background:#1f2227;border-color:#3a3f47}dt{color:#9aa3b0}.wrong{color:#ff9a9a}}
`;

/**
 * Nothing runs and nothing is loaded; nobody frames the page; its form goes to the gateway alone. No redirect follows the form, which some browsers
 * would hold against `form-action`: the browser goes on by itself from the page that answers it.
 */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  // Without it a browser says `null` for the origin of the form.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

export interface ConsentForm {
  readonly asked: AskedConsent;
  readonly formToken: string;
  /** Whether what was shown before was not the owner's. */
  readonly wrong: boolean;
}

/** The page that asks. */
export function consentPage({ asked, formToken, wrong }: ConsentForm): string {
  const { server, owner, client, scopes, host } = asked;
  const said = [
    ['MCP server', server],
    ['for', `${ownerName(owner)} (${owner.tenant})`],
    ['application', client],
    ['it may', scopes.length === 0 ? 'whatever the server gives without being asked' : scopes.join(' ')],
    ['you go on to', host],
  ] as const;
  const body = html`<h1>Let ${ownerName(owner)} use your access to ${server}?</h1>
<p>You sign in at <strong>${host}</strong>. What you allow there is kept by this gateway, and used for this owner alone.
Go on only if you asked for this yourself.</p>
<dl>${said.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
<form method="post" autocomplete="off">
<input type="hidden" name="form" value="${formToken}">
<label for="credential">Gateway key or token of ${ownerName(owner)}, to show that this is yours</label>
<input id="credential" name="credential" type="password" autocomplete="off" spellcheck="false">
${wrong ? html`<p class="wrong" role="alert">That is not a credential of this owner.</p>` : undefined}
<button name="answer" value="yes">Go on</button><button name="answer" value="no">No</button>
</form>`;
  return page('Consent', body);
}

/** The page from which the browser goes on to the authorization server. */
export function onwardPage(address: string): string {
  const host = new URL(address).host;
  const link = html`<p>You go on to <a href="${address}" rel="noreferrer">${host}</a>.</p>`;
  return page(
    'Going on',
    html`<h1>Going on</h1>${link}`,
    html`<meta http-equiv="refresh" content="0; url=${address}">`,
  );
}

/** A page that only says something. */
export function saidPage(title: string, text: string): string {
  return page(title, html`<h1>${title}</h1><p>${text}</p>`);
}

function page(title: string, body: Markup, head?: Markup): string {
  const top = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} - Sallyport</title>${head}`;
  const rest = html`</head>
<body><main>${body}</main></body></html>
`;
  return `${top}<style>${STYLE}</style>${rest}`;
}
