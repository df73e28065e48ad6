import { obfuscated } from '@sallyport/redteam';
import type { Seeded } from './seeded.ts';

/** Lists of phrases by name; a phrase may name further lists. */
export type Slots = Readonly<Record<string, readonly string[]>>;

/** `train` never sees what `measure` is made of: neither its structures nor its phrases. */
export type Part = 'train' | 'measure';

/** Shorter lists are used by both parts: nothing would be left of them. */
const MIN_DIVIDED = 6;
const MEASURED_SHARE = 1 / 3;
const MAX_DEPTH = 8;

/** `{goal}`; `{Goal}` with a capital; `{goal2}` for another draw of the same list. */
const SLOT = /\{([A-Za-z]+)(\d?)\}/g;
const ENCODED = /\{(base64|hex|rot13|reversed):([^{}]*)\}/g;

const CONSONANTS = 'bdfgklmnprstv';
const VOWELS = 'aeiou';
const ENDINGS = ['com', 'net', 'org', 'io', 'example', 'co'];
const FILES = ['.env', 'config.yaml', '~/.ssh/id_ed25519', 'notes.txt', 'settings.json', 'accounts.xlsx', 'dist/'];
const NAMES = ['Mira', 'Jonas', 'Aylin', 'Pedro', 'Chen', 'Ingrid', 'Samir', 'Olga', 'Kofi', 'Lucia', 'Tomasz', 'Yuki'];

/** The templates of one pair: whatever both name is drawn once, so that attack and twin share it. */
export class Phrase {
  readonly #slots: Slots;
  readonly #seeded: Seeded;
  readonly #part: Part;
  readonly #drawn = new Map<string, string>();

  constructor(slots: Slots, seeded: Seeded, part: Part) {
    this.#slots = slots;
    this.#seeded = seeded;
    this.#part = part;
  }

  /** @throws {RangeError} when the template names a list that isn't there, or lists name each other in a circle */
  fill(template: string): string {
    return this.#filled(template, 0).replace(ENCODED, (_all, disguise: 'base64', text: string) =>
      obfuscated(text, disguise).join(''),
    );
  }

  #filled(template: string, depth: number): string {
    if (depth > MAX_DEPTH) throw new RangeError('lists name each other in a circle');
    return template.replace(SLOT, (_all, name: string, which: string) => {
      const small = name.charAt(0).toLowerCase() + name.slice(1);
      const key = small + which;
      const value = this.#drawn.get(key) ?? this.#draw(small, depth);
      this.#drawn.set(key, value);
      return small === name ? value : value.charAt(0).toUpperCase() + value.slice(1);
    });
  }

  #draw(name: string, depth: number): string {
    const list = this.#slots[name];
    if (list === undefined) return this.#made(name);
    const used = this.#drawnOf(name);
    const open = partOf(list, this.#part).filter((value) => !used.has(value));
    const picked = this.#seeded.pick(open.length === 0 ? list : open);
    return this.#filled(picked, depth + 1);
  }

  /** What stands already where the list was drawn from: `{goal}` and `{goal2}` differ. */
  #drawnOf(name: string): ReadonlySet<string> {
    return new Set([...this.#drawn].filter(([key]) => key.replace(/\d$/, '') === name).map(([, value]) => value));
  }

  #made(name: string): string {
    const seeded = this.#seeded;
    switch (name) {
      case 'word':
        return this.#word(2);
      case 'brand': {
        const word = this.#word(2);
        return word.charAt(0).toUpperCase() + word.slice(1);
      }
      case 'mail':
        return `${this.#word(2)}@${this.#word(3)}.${seeded.pick(ENDINGS)}`;
      case 'url':
        return `https://${this.#word(3)}.${seeded.pick(ENDINGS)}/${this.#word(2)}`;
      case 'number':
        return String(seeded.below(seeded.pick([90, 900, 9_000])) + 10);
      case 'day':
        return String(seeded.below(19) + 10);
      case 'name':
        return seeded.pick(NAMES);
      case 'file':
        return seeded.pick(FILES);
      case 'paragraph':
        return this.#sentences(seeded.below(4) + 2);
      case 'pages':
        return this.#sentences(seeded.below(24) + 8);
      default:
        throw new RangeError(`no list is named \`${name}\``);
    }
  }

  #word(syllables: number): string {
    const seeded = this.#seeded;
    return Array.from({ length: syllables }, () => letterOf(seeded, CONSONANTS) + letterOf(seeded, VOWELS)).join('');
  }

  #sentences(count: number): string {
    const list = partOf(this.#slots.filler ?? [], this.#part);
    return Array.from({ length: count }, () => this.#filled(this.#seeded.pick(list), 1)).join(' ');
  }
}

/** The last third of a list is kept for measuring, where it is long enough. */
export function partOf(list: readonly string[], part: Part): readonly string[] {
  if (list.length < MIN_DIVIDED) return list;
  const kept = Math.floor(list.length * (1 - MEASURED_SHARE));
  return part === 'train' ? list.slice(0, kept) : list.slice(kept);
}

function letterOf(seeded: Seeded, letters: string): string {
  return letters.charAt(seeded.below(letters.length));
}
