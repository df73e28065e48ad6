import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writtenFiles } from './tree.mjs';

const FENCE = /^(```|~~~)[\s\S]*?^\1/gm;
const LINK = /!?\[[^\]\n]{0,500}\]\((?:<([^>\n]{1,500})>|([^\s()]{1,500}))(?:\s+"[^"\n]{0,200}")?\)/g;
const SCRIPT = /\bnpm (?:run )?(start|test|[a-z][\w:-]{0,40})/g;

/** What `npm` itself understands; everything else after `npm run` must be a script of ours. */
const NPM_OWN = new Set(['ci', 'install', 'i', 'exec', 'pack', 'publish', 'audit', 'registry', 'version']);

/**
 * The anchor that a heading gets on the usual forges.
 * @param {string} heading
 */
function anchorOf(heading) {
  return heading
    .replace(/[`*]/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

/**
 * @param {string} markdown
 * @returns {Set<string>}
 */
function anchors(markdown) {
  const headings = markdown.replace(FENCE, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm);
  return new Set([...headings].map(([, heading]) => anchorOf(heading ?? '')));
}

/**
 * @param {string} root
 * @param {string} file
 * @param {string} target a link's, percent-encoded, perhaps with an anchor
 * @returns {string | undefined} what is wrong with it
 */
function brokenLink(root, file, target) {
  if (/^[a-z][a-z\d+.-]*:/i.test(target)) return undefined;
  const [place = '', anchor] = decodeURI(target).split('#', 2);
  const folder = place.startsWith('/') ? root : path.join(root, path.dirname(file));
  const destination = place === '' ? path.join(root, file) : path.join(folder, place);
  if (!existsSync(destination)) return `${file}: link to \`${target}\` leads nowhere`;
  if (!anchor || !destination.endsWith('.md')) return undefined;
  if (anchors(readFileSync(destination, 'utf8')).has(anchor)) return undefined;
  return `${file}: link to \`${target}\`: no such heading`;
}

/** @type {import('./gate.mjs').Gate} */
export const docs = {
  name: 'docs',
  about: 'every relative link leads somewhere, every npm script that a page names is there',
  async check(root) {
    const pages = writtenFiles(root, (file) => file.endsWith('.md') && !file.includes('/fixtures/'));
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    const lines = [];
    for (const file of pages) {
      const text = readFileSync(path.join(root, file), 'utf8');
      const prose = text.replace(FENCE, '').replace(/`[^`\n]*`/g, '');
      for (const [, bracketed, bare] of prose.matchAll(LINK)) {
        const broken = brokenLink(root, file, bracketed ?? bare ?? '');
        if (broken !== undefined) lines.push(broken);
      }
      const code = [...(text.match(FENCE) ?? []), ...(text.replace(FENCE, '').match(/`[^`\n]*`/g) ?? [])].join('\n');
      for (const [said, name = ''] of code.matchAll(SCRIPT)) {
        if (!(name in scripts) && !NPM_OWN.has(name)) lines.push(`${file}: \`${said}\` is no script of package.json`);
      }
    }
    return { ok: lines.length === 0, examined: pages.length, report: lines.join('\n') };
  },
  planted: [
    {
      name: 'a link that leads nowhere',
      files: { 'docs/planted.md': 'See [the other page](./nowhere.md).\n' },
      expect: /docs\/planted\.md: link to `\.\/nowhere\.md` leads nowhere/,
    },
    {
      name: 'an anchor that is no heading',
      files: { 'docs/planted.md': '# Planted\n\nSee [below](#not-here) and [above](#planted).\n' },
      expect: /^docs\/planted\.md: link to `#not-here`: no such heading$/m,
    },
    {
      name: 'a script that is not there',
      files: { 'docs/planted.md': '```sh\nnpm run planted\n```\n' },
      expect: /docs\/planted\.md: `npm run planted` is no script/,
    },
  ],
};
