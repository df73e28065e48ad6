import { isHostname, isIpv4, isIpv6 } from './hosts.ts';

const ADDRESS_MAX_CHARS = 254;
const LOCAL_MAX_CHARS = 64;
/** `atext` of RFC 5322, 3.2.3. */
const ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}$/;
const QUOTED = /^"(?:[ !#-[\]-~]|\\[ -~]){0,62}"$/;
const IPV6_LITERAL = /^IPv6:/i;

/** RFC 5321, 4.1.2, `Mailbox`: one address in ASCII, without a name or brackets around it. */
export function isEmail(text: string): boolean {
  if (text.length > ADDRESS_MAX_CHARS) return false;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  const domain = text.slice(at + 1);
  const named = QUOTED.test(local) || local.split('.').every((atom) => ATOM.test(atom));
  return named && local.length <= LOCAL_MAX_CHARS && (isHostname(domain) || isAddressLiteral(domain));
}

function isAddressLiteral(domain: string): boolean {
  if (!domain.startsWith('[') || !domain.endsWith(']')) return false;
  const inside = domain.slice(1, -1);
  return IPV6_LITERAL.test(inside) ? isIpv6(inside.slice('IPv6:'.length)) : isIpv4(inside);
}
