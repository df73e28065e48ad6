import type { Match } from '../matches/layer-matches.ts';
import rules from './rules.json' with { type: 'json' };
import type { Tag } from './tags.ts';

/** Longest text of a link, and longest destination, that are read, UTF-16 units. */
const LINK_TEXT_CHARS = 128;
const LINK_URL_CHARS = 512;

const SHOWN =
  /^\s*(https?:\/\/)?(?:[^\s/@]{1,64}@)?((?:[a-z0-9-]{1,63}\.){1,6}[a-z]{2,24})(?::\d{1,5})?(?:[/?#]\S*)?\s*$/i;
const DESTINATION = /\s{0,4}<?(https?:\/\/[^\s<>)"']{1,500})/iy;
const OPEN_DESTINATION = /^\s{0,4}<?[^\s<>)"']*$/;
const PLAIN_ZONES: ReadonlySet<string> = new Set(rules.zones);

/** A markdown link whose text names another host than it leads to; `at` is the place of its `](`. The match is the destination. */
export function deceptiveMarkdown(text: string, at: number): Match | undefined {
  DESTINATION.lastIndex = at + 2;
  const url = DESTINATION.exec(text)?.[1];
  if (url === undefined) return undefined;
  const score = deception(shownBefore(text, at) ?? '', url);
  const end = DESTINATION.lastIndex;
  return score === 0 ? undefined : { type: 'deceptive-link', score, start: end - url.length, end, value: url };
}

/** Whether the destination of a markdown link whose text names a host is still being written. */
export function isDestinationOpen(text: string, at: number): boolean {
  if (text.length > at + LINK_URL_CHARS || !OPEN_DESTINATION.test(text.slice(at + 2))) return false;
  return SHOWN.test(shownBefore(text, at) ?? '');
}

function shownBefore(text: string, at: number): string | undefined {
  const before = text.slice(Math.max(0, at - LINK_TEXT_CHARS), at);
  const open = before.lastIndexOf('[');
  return open < 0 ? undefined : before.slice(open + 1);
}

/** The text of an HTML link that names another host than it leads to. The match is that text. */
export function deceptiveAnchor(text: string, tag: Tag): Match | undefined {
  const url = tag.attributes.find(({ name }) => name === 'href')?.value.trim() ?? '';
  if (tag.name !== 'a' || tag.open || !/^https?:/i.test(url)) return undefined;
  const limit = tag.end + LINK_TEXT_CHARS;
  const next = text.slice(tag.end, limit).indexOf('<');
  if (next <= 0) return undefined;
  const end = tag.end + next;
  const score = deception(text.slice(tag.end, end), url);
  return score === 0 ? undefined : { type: 'deceptive-link', score, start: tag.end, end, value: url };
}

/** Whether the text of an HTML link is still being written. */
export function isAnchorOpen(text: string, tag: Tag): boolean {
  if (tag.name !== 'a' || text.length >= tag.end + LINK_TEXT_CHARS) return false;
  return !text.slice(tag.end).includes('<');
}

function deception(shown: string, url: string): number {
  const [, scheme, host] = SHOWN.exec(shown) ?? [];
  if (host === undefined || !URL.canParse(url)) return 0;
  const named = host.toLowerCase();
  const zone = named.slice(named.lastIndexOf('.') + 1);
  // `README.md` and `node.js` are no hosts, though their endings are zones.
  if (scheme === undefined && !named.startsWith('www.') && !PLAIN_ZONES.has(zone)) return 0;
  if (siteOf(named) === siteOf(new URL(url).hostname)) return 0;
  return scheme === undefined ? rules.namedLink : rules.scores['deceptive-link'];
}

/** The part of a host that one owner has: the last two labels, three under zones such as `co.uk`. */
function siteOf(host: string): string {
  const labels = host.replace(/\.$/, '').split('.');
  const [zone = '', second = ''] = [labels.at(-1), labels.at(-2)];
  return labels.slice(zone.length === 2 && second.length <= 3 ? -3 : -2).join('.');
}
