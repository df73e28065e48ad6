import { domainToASCII, domainToUnicode } from 'node:url';
import { viewOf } from '@sallyport/text';

/** A host in the one spelling in which it is looked up: ASCII (IDNA), lower case, without `www.` and the root's dot. */
export function canonicalHost(host: string): string {
  const ascii = domainToASCII(host.normalize('NFKC').toLowerCase().replace(/\.$/, ''));
  return ascii.replace(/^www\d?\./, '');
}

/**
 * What a host looks like to a person: letters of other scripts as the ASCII letters that they resemble, accents gone. Two hosts
 * of one look are not the same host.
 */
export function hostLook(host: string): string {
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
