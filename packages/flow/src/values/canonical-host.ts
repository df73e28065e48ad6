import { domainToASCII, domainToUnicode } from 'node:url';
import { viewOf } from '@sallyport/text';

/** Names that IDNA leaves as they are; what may be a number, an address in disguise or in Punycode is none of them. */
const PLAIN = /^(?!.*xn--)(?:[a-z0-9-]{1,63}\.){1,8}[a-z][a-z-]{1,62}$/i;
const WWW = /^www\d?\./;

/** A host in the one spelling in which it is looked up: ASCII (IDNA), lower case, without `www.` and the root's dot. */
export function canonicalHost(host: string): string {
  if (PLAIN.test(host)) return host.toLowerCase().replace(WWW, '');
  const ascii = domainToASCII(host.normalize('NFKC').toLowerCase().replace(/\.$/, ''));
  return ascii.replace(WWW, '');
}

/**
 * What a host looks like to a person: letters of other scripts as the ASCII letters that they resemble, accents gone. Two hosts
 * of one look are not the same host.
 */
export function hostLook(host: string): string {
  if (PLAIN.test(host)) return host;
  const unicode = domainToUnicode(host);
  const shown = unicode === '' ? host : unicode;
  return shown
    .split('.')
    .map((label) => asciiLook(label))
    .join('.');
}

/** Glued to an ASCII letter, a word of look-alikes alone reads as the ASCII word that it imitates. */
function asciiLook(label: string): string {
  if (/^[ -~]*$/.test(label)) return label;
  const bare = label.normalize('NFKD').replace(/\p{M}+/gu, '');
  return viewOf(`x${bare}`).layers.at(-1)?.text.slice(1).toLowerCase() ?? bare;
}
