import { domainToUnicode } from 'node:url';
import { readUrl } from '@sallyport/core';

const SEPARATORS = /[/:?#&=@,;\s]+/;
/** What may stand around a name within a value, such as a list that was written as a text. */
const AROUND = /[/:?#&=@,;|\s"'`()<>[\]{}]+/;
const URL_HOST = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:]+)/;
/** What begins as an address does, behind characters that readers of addresses pass over. */
const SCHEME = /^[\0-\x20]*[a-z][a-z0-9+.-]*:/i;
/** Layers of escapes that are taken off: of each something else may be meant. */
const LAYERS_MAX = 5;

/** The one form in which ids are compared: providers differ in whether case counts, and no two sources may differ in it alone. */
export function folded(id: string): string {
  return id.normalize('NFKC').toLowerCase();
}

/** The key of an id that configuration names: of an address its host, of a path its last part, else all of it. */
export function registeredKey(id: string): string {
  const text = folded(id).trim();
  const host = URL_HOST.exec(text)?.[1];
  if (host !== undefined) return host.replace(/\.$/, '');
  return text.split('/').findLast((part) => part !== '') ?? text;
}

/** Every key under which what a request names may be registered: all of it, and each of its parts, percent-encoded or not. */
export function referenceKeys(id: string): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const form of layersOf(id, percentDecoded)) {
    const text = folded(form).trim();
    keys.add(text);
    for (const part of text.split(SEPARATORS)) if (part !== '') keys.add(part.replace(/\.$/, ''));
    for (const host of hostsOf(form)) keys.add(host);
  }
  return keys;
}

/** The host of an address as whoever calls it takes it, in both of its spellings: `https:\\\\EXAMPLE\u3002com`, `http://0x7f000001`. */
function hostsOf(address: string): readonly string[] {
  const url = SCHEME.test(address) ? readUrl(address) : undefined;
  const host = url?.hostname.replace(/\.$/, '') ?? '';
  return host === '' ? [] : [host, folded(domainToUnicode(host))];
}

/** Every key that a value of a call may stand for: tools read a list also where it was written as a text. */
export function valueKeys(value: string): ReadonlySet<string> {
  const keys = new Set(referenceKeys(value));
  for (const reading of readingsOf(value)) for (const part of reading.split(AROUND)) if (part !== '') keys.add(part);
  return keys;
}

/**
 * A text as any reader may take it: as it stands, and with escapes of JSON and of addresses taken off, layer by layer, since one may
 * stand in the other.
 */
export function readingsOf(text: string): readonly string[] {
  return layersOf(text, (layer) => percentDecoded(unescaped(layer))).map(folded);
}

function layersOf(text: string, peel: (text: string) => string): readonly string[] {
  const layers = [text];
  for (let layer = text; layers.length < LAYERS_MAX; ) {
    const next = peel(layer);
    if (next === layer) break;
    layers.push(next);
    layer = next;
  }
  return layers;
}

function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}

/** White space that JSON writes with a letter: it must not stand before a name as a part of it. */
const SPACES: ReadonlySet<string> = new Set(['b', 'f', 'n', 'r', 't']);

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\(?:u([0-9a-f]{4})|(.))/gis, (_, unit: string | undefined, other = '') => {
    if (unit !== undefined) return String.fromCharCode(Number.parseInt(unit, 16));
    return SPACES.has(other) ? ' ' : other;
  });
}
