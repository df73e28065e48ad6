const HOSTNAME_MAX_CHARS = 253;
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const BYTE = /^(?:0|[1-9][0-9]{0,2})$/;
const GROUP = /^[0-9A-Fa-f]{1,4}$/;
const IPV4_MAX_CHARS = 15;
const IPV6_MAX_CHARS = 45;
const GROUPS = 8;

/** RFC 1123, 2.1: letters, digits and hyphens; what stands behind an `xn--` is not read. */
export function isHostname(text: string): boolean {
  return text.length <= HOSTNAME_MAX_CHARS && text.split('.').every((label) => LABEL.test(label));
}

/** RFC 2673, 3.2: four bytes in decimal, none with a leading zero, which some readers take for octal. */
export function isIpv4(text: string): boolean {
  if (text.length > IPV4_MAX_CHARS) return false;
  const bytes = text.split('.');
  return bytes.length === 4 && bytes.every((byte) => BYTE.test(byte) && Number(byte) <= 255);
}

/** RFC 4291, 2.2: eight groups, one `::` for groups of zeros, the last two perhaps as an IPv4 address. No zone. */
export function isIpv6(text: string): boolean {
  if (text.length > IPV6_MAX_CHARS) return false;
  const halves = text.split('::');
  const [head = '', tail] = halves;
  if (halves.length > 2) return false;
  if (tail === undefined) return groupsIn(head, true) === GROUPS;
  const before = head === '' ? 0 : groupsIn(head, false);
  const after = tail === '' ? 0 : groupsIn(tail, true);
  return before + after < GROUPS;
}

/** How many groups a text is; none that is fits in where it is none. */
function groupsIn(text: string, mayEndInIpv4: boolean): number {
  const groups = text.split(':');
  const last = groups.at(-1) ?? '';
  const ipv4 = mayEndInIpv4 && last.includes('.') ? 1 : 0;
  if (ipv4 === 1 && !isIpv4(last)) return GROUPS + 1;
  const written = ipv4 === 1 ? groups.slice(0, -1) : groups;
  return written.every((group) => GROUP.test(group)) ? written.length + 2 * ipv4 : GROUPS + 1;
}
