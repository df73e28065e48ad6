import { isIpv6 } from './hosts.ts';

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]{0,63}:/;
const PORT = /^(?::[0-9]{0,5})?$/;
const IP_FUTURE = /^v[0-9A-Fa-f]{1,16}\.[A-Za-z0-9._~!$&'()*+,;=:-]{1,64}$/;
const UNRESERVED = `${letters('a')}${letters('A')}0123456789-._~`;
const SUB_DELIMS = "!$&'()*+,;=";
const NAME = new Set(`${UNRESERVED}${SUB_DELIMS}`);
const USER = new Set([...NAME, ':']);
const PATH = new Set([...USER, '@', '/']);
const QUERY = new Set([...PATH, '?']);
const HEX = new Set('0123456789abcdefABCDEF');

/** RFC 3986, 3: a scheme and what it allows behind it, in ASCII. Cost: O(length). */
export function isUri(text: string): boolean {
  const scheme = SCHEME.exec(text);
  if (scheme === null) return false;
  const [beforeFragment, fragment] = cutAt(text.slice(scheme[0].length), '#');
  const [hierarchy, query] = cutAt(beforeFragment, '?');
  return isHierarchy(hierarchy) && consistsOf(query, QUERY) && consistsOf(fragment, QUERY);
}

function isHierarchy(text: string): boolean {
  if (!text.startsWith('//')) return consistsOf(text, PATH);
  const slash = text.indexOf('/', 2);
  const authority = slash < 0 ? text.slice(2) : text.slice(2, slash);
  return isAuthority(authority) && (slash < 0 || consistsOf(text.slice(slash), PATH));
}

function isAuthority(authority: string): boolean {
  const at = authority.lastIndexOf('@');
  if (at >= 0 && !consistsOf(authority.slice(0, at), USER)) return false;
  const place = authority.slice(at + 1);
  if (!place.startsWith('[')) {
    const [host, port] = cutAt(place, ':');
    return consistsOf(host, NAME) && PORT.test(port === '' ? '' : `:${port}`);
  }
  const end = place.indexOf(']');
  const address = place.slice(1, Math.max(end, 1));
  return end > 0 && (isIpv6(address) || IP_FUTURE.test(address)) && PORT.test(place.slice(end + 1));
}

/** What stands before the mark and what stands behind it, both without it. */
function cutAt(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function consistsOf(text: string, allowed: ReadonlySet<string>): boolean {
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '%') {
      if (!HEX.has(text.charAt(at + 1)) || !HEX.has(text.charAt(at + 2))) return false;
      at += 2;
    } else if (!allowed.has(char)) return false;
  }
  return true;
}

function letters(first: string): string {
  return Array.from({ length: 26 }, (_, index) => String.fromCharCode(first.charCodeAt(0) + index)).join('');
}
