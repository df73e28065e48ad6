import type { Match } from '../matches/layer-matches.ts';
import rules from './rules.json' with { type: 'json' };
import type { Attribute, Tag } from './tags.ts';

const HANDLER = /^on[a-z]{3,32}$/;
const AWAY = /^[\s\0-\x20]*(?:https?:|[\\/]{2})/i;
const ACTIVE_TARGET = /^(?:xlink:)?href$|^on/i;
const FRAMES: ReadonlySet<string> = new Set(rules.frames);
const ANIMATIONS: ReadonlySet<string> = new Set(rules.animations);
const { scores } = rules;

/** What a browser would run, load or send because of a start tag. `javascript:` and `data:` URLs are the business of `exfiltration`. */
export function activeIn(tag: Tag): readonly Match[] {
  const found: Match[] = tag.attributes
    .filter(({ name, value }) => HANDLER.test(name) && value.trim() !== '')
    .map((handler) => part(handler, 'event-handler', scores['event-handler']));
  const whole = wholeTag(tag);
  return whole === undefined ? found : [whole];
}

function wholeTag(tag: Tag): Match | undefined {
  const { name } = tag;
  const told = (type: keyof typeof scores): Match => ({
    type,
    score: scores[type],
    start: tag.start,
    end: tag.end,
    value: `${name} ${tag.attributes.map(({ name: key, value }) => `${key}=${value}`).join(' ')}`,
  });
  if (name === 'script' || name === 'svg:script') return isData(tag) ? undefined : told('script-element');
  if (FRAMES.has(name)) return isLoaded(tag) ? told('embedded-document') : undefined;
  if (name === 'foreignobject') return told('svg-active');
  if (ANIMATIONS.has(name))
    return ACTIVE_TARGET.test(attributeOf(tag, 'attributename')) ? told('svg-active') : undefined;
  if (name === 'meta') return isRefresh(tag) ? told('page-redirect') : undefined;
  if (name === 'base') return AWAY.test(attributeOf(tag, 'href')) ? told('page-redirect') : undefined;
  const sends = name === 'form' ? attributeOf(tag, 'action') : attributeOf(tag, 'formaction');
  if (AWAY.test(sends)) return told('outside-form');
  return name === 'input' && attributeOf(tag, 'type').toLowerCase() === 'password' ? told('outside-form') : undefined;
}

function part({ name, value, start, end }: Attribute, type: string, score: number): Match {
  return { type, score, start, end, value: `${name}=${value}` };
}

function attributeOf({ attributes }: Tag, wanted: string): string {
  return attributes.find(({ name }) => name === wanted)?.value ?? '';
}

/** Structured data that no browser runs. */
function isData(tag: Tag): boolean {
  return /^(?:application\/(?:ld\+)?json|text\/(?:plain|x-template))$/i.test(attributeOf(tag, 'type').trim());
}

function isLoaded(tag: Tag): boolean {
  return tag.attributes.some(({ name, value }) => /^(?:src|srcdoc|data|code)$/.test(name) && value !== '');
}

function isRefresh(tag: Tag): boolean {
  const goes = /url|[;,]\s*['"]?(?:https?:|\/)/i.test(attributeOf(tag, 'content'));
  return goes && attributeOf(tag, 'http-equiv').trim().toLowerCase() === 'refresh';
}
