import { hash } from 'node:crypto';
import { html, type Markup, type Shown } from './markup.ts';
import { STYLE } from './page-style.ts';

export interface Page {
  /** Of the window. */
  readonly title: string;
  /** What kind of page it is, above its heading. */
  readonly kicker: string;
  readonly heading: string;
  /** What it is about, below the heading. */
  readonly lead: Shown;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly title: string;
  readonly body: Shown;
}

/** Nothing runs, nothing is loaded, nothing is sent, and no style counts but the page's own. */
const POLICY = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; base-uri 'none'; form-action 'none'`;

/** A page that needs nothing else: it is read from a file as it is from a server, on paper too. */
export function page({ title, kicker, heading, lead, sections }: Page): string {
  const head = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
`;
  const body = html`
</head>
<body>
<header>
<p class="kicker">${kicker}</p>
<h1>${heading}</h1>
<p>${lead}</p>
</header>
<main>
${sections.map(sectionOf)}</main>
</body>
</html>
`;
  return `${head}<style>${STYLE}</style>${body}`;
}

function sectionOf({ title, body }: Section): Markup {
  return html`<section>
<h2>${title}</h2>
${body}
</section>
`;
}
