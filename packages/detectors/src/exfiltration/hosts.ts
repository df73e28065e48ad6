const RELATIVE = 'relative.invalid';
const IPV4 = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/;
const LOCAL = /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|\[::1\]|0\.0\.0\.0)/;

/**
 * A URL as a browser would read it: `undefined` when it leads nowhere, or stays on the page's own host. What lacks its
 * slashes (`https:host`) is relative on a page of the same scheme and absolute on one of the other: both are tried.
 */
export function parseAsBrowser(text: string, contextual: boolean): URL | undefined {
  if (!contextual) return parsed(text, undefined);
  return parsed(text, `https://${RELATIVE}/`) ?? parsed(text, `http://${RELATIVE}/`);
}

function parsed(text: string, base: string | undefined): URL | undefined {
  try {
    const url = new URL(text, base);
    return url.hostname === RELATIVE ? undefined : url;
  } catch {
    // No browser would ask anybody for it.
    return undefined;
  }
}

/** Host names as a browser compares them; entries that are no host are left out. */
export function normalisedHosts(hosts: readonly string[]): ReadonlySet<string> {
  const known = new Set<string>();
  for (const host of hosts) {
    const url = parseAsBrowser(`https://${host.replace(/^\*\./, '')}/`, false);
    if (url !== undefined) known.add(url.hostname.replace(/\.$/, ''));
  }
  return known;
}

/** Whether a host or one of its parent domains is in the set. */
export function isAllowed(hostname: string, allowed: ReadonlySet<string>): boolean {
  let rest = hostname.replace(/\.$/, '');
  if (allowed.has(rest)) return true;
  if (IPV4.test(rest)) return false;
  for (let dot = rest.indexOf('.'); dot >= 0; dot = rest.indexOf('.')) {
    rest = rest.slice(dot + 1);
    if (allowed.has(rest)) return true;
  }
  return false;
}

/** What a host does to mislead or to avoid a name, as an addition to a score, 0..0.6. */
export function hostTricks(url: URL): number {
  let extra = 0;
  if (url.username.includes('.') || url.username.includes('%2e')) extra += 0.4;
  if (IPV4.test(url.hostname) || url.hostname.startsWith('[')) extra += 0.12;
  if (url.hostname.includes('xn--')) extra += 0.12;
  return extra;
}

export function isLocalHost(hostname: string): boolean {
  return LOCAL.test(hostname);
}
