import { BlockList, isIP } from 'node:net';

/** Networks that are somebody's own, or nobody's (RFC 6890 and the IANA special-purpose registries). */
const OWN_NETWORKS = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
] as const;

/** Of IPv6 only global unicast is public, less what carries an IPv4 address inside or is for documentation. */
const GLOBAL = ['2000::', 3] as const;
const NOT_GLOBAL = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const own = new BlockList();
for (const [network, prefix, family] of OWN_NETWORKS) own.addSubnet(network, prefix, family);
for (const [network, prefix] of NOT_GLOBAL) own.addSubnet(network, prefix, 'ipv6');
const global = new BlockList();
global.addSubnet(...GLOBAL, 'ipv6');

/** Whether an IP address is one of the public network. What is no IP address is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !own.check(address, 'ipv4');
  return family === 6 && global.check(address, 'ipv6') && !own.check(address, 'ipv6');
}
