import { CARRIERS, carriersOf, carry, templatesOf } from './carrier.ts';
import { DISGUISES, type Disguise, disguise, disguisesFor, drawnMixture, leadOf } from './disguise.ts';
import families from './families.json' with { type: 'json' };
import type { Channel, GeneratedRow } from './generated-row.ts';
import { LANGUAGES, type Language, type Structure, structuresOf } from './languages.ts';
import { type Part, Phrase } from './phrase.ts';
import { Seeded } from './seeded.ts';

/** What is left out whole, so that it can be measured as something never seen. */
export interface Hold {
  readonly families?: readonly string[];
  readonly carriers?: readonly string[];
  /** A mixture is left out with any of its disguises. */
  readonly obfuscations?: readonly string[];
  readonly languages?: readonly string[];
}

export interface GenerateOptions {
  readonly seed: string;
  /** Pairs of each family in each language, at most: fewer where a family has no more to say. */
  readonly perFamily: number;
  /** Default `train`. */
  readonly part?: Part;
  /** One disguise for all texts that can wear it; default: drawn. The texts below it stay the same. */
  readonly disguise?: Disguise | 'none';
  readonly hold?: Hold;
}

const FAMILIES: Readonly<Record<string, string>> = families;
const DISGUISED_SHARE = 0.3;
const MIXED_SHARE = 0.2;
/** Of the words, how many wear a drawn disguise. */
const WORN_SHARES = [1, 1, 0.5];
const ALL_WORDS = 1;
/** Encoded already. */
const ENCODED_FAMILY = 'encoded-order';
/** Draws for a pair until a family counts as said. */
const MAX_TRIES = 6;

/** What can be held out. */
export const GENERATED = {
  families: Object.keys(FAMILIES),
  carriers: CARRIERS.map(({ id }) => id),
  obfuscations: DISGUISES,
  languages: [...LANGUAGES.keys()],
} as const;

/**
 * Attacks and their harmless twins, in every language; and harmless texts that speak like attacks. The same options give
 * the same rows, and holding something out only leaves rows away. No text comes twice.
 * Cost: about 0.2 ms a row.
 */
export function generateRows(options: GenerateOptions): readonly GeneratedRow[] {
  const seen = new Set<string>();
  const rows: GeneratedRow[] = [];
  for (const [tag, language] of LANGUAGES) {
    for (const family of GENERATED.families) rows.push(...familyRows({ tag, language, family, seen }, options));
  }
  return rows.filter((row) => !isHeld(row, options.hold ?? {}));
}

interface Place {
  readonly tag: string;
  readonly language: Language;
  readonly family: string;
  /** Texts that stand already. */
  readonly seen: Set<string>;
}

function familyRows(place: Place, options: GenerateOptions): readonly GeneratedRow[] {
  const { tag, language, family, seen } = place;
  const measured = (options.part ?? 'train') === 'measure';
  const structures = structuresOf(language).filter(
    (structure) => structure.family === family && (structure.measure ?? false) === measured,
  );
  if (structures.length === 0) return [];
  const rows: GeneratedRow[] = [];
  for (let pair = 0; pair < options.perFamily; pair += 1) {
    for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
      const name = [options.seed, tag, family, pair, attempt].join('|');
      const drawn = pairOf({ name, tag, language, structures }, options);
      if (drawn.some(({ text }) => seen.has(text))) continue;
      for (const row of drawn) seen.add(row.text);
      rows.push(...drawn);
      break;
    }
  }
  return rows;
}

interface PairPlan {
  /** Of this all that is drawn is a function. */
  readonly name: string;
  readonly tag: string;
  readonly language: Language;
  readonly structures: readonly Structure[];
}

function pairOf({ name, tag, language, structures }: PairPlan, options: GenerateOptions): readonly GeneratedRow[] {
  const part = options.part ?? 'train';
  const seeded = new Seeded(`${name}|structure`);
  const structure = seeded.pick(structures);
  const words = new Phrase(language.slots, new Seeded(`${name}|words`), part);
  const allowed = FAMILIES[structure.family];
  const channel: Channel =
    allowed === 'both' ? seeded.pick(['direct', 'data']) : allowed === 'data' ? 'data' : 'direct';
  const carrier = seeded.pick(carriersOf(structure.family, channel));
  const around = {
    phrase: new Phrase(language.slots, new Seeded(`${name}|carrier`), part),
    template: seeded.pick(templatesOf(carrier, part)),
  };
  const shares = options.disguise === undefined ? WORN_SHARES : [ALL_WORDS];
  const worn = wornBy({ name, language, structure }, options);
  const row = (label: 'attack' | 'benign', template: string): GeneratedRow => {
    const dressed = dress(words.fill(template), worn, { label, name, shares });
    return {
      text: carry(carrier, dressed.text, around),
      channel,
      label,
      family: structure.family,
      carrier: carrier.id,
      language: tag,
      obfuscation: dressed.worn,
      ...(structure.attack !== undefined && { pair: name }),
    };
  };
  const benign = (): GeneratedRow => row('benign', structure.benign);
  return structure.attack === undefined ? [benign()] : [row('attack', structure.attack), benign()];
}

function wornBy(
  { name, language, structure }: { name: string; language: Language; structure: Structure },
  { disguise: asked }: GenerateOptions,
): readonly Disguise[] {
  if (asked !== undefined) return disguisesFor(language.script).filter((one) => one === asked);
  return structure.family === ENCODED_FAMILY ? [] : drawnDisguises(language, new Seeded(`${name}|worn`));
}

function drawnDisguises(language: Language, seeded: Seeded): readonly Disguise[] {
  if (!seeded.happens(DISGUISED_SHARE)) return [];
  if (seeded.happens(MIXED_SHARE)) return drawnMixture(language.script, seeded);
  return [seeded.pick(disguisesFor(language.script))];
}

interface Wearer {
  readonly label: 'attack' | 'benign';
  readonly name: string;
  readonly shares: readonly number[];
}

/** Attack and twin are dressed alike, but for what a lead asks for. */
function dress(
  text: string,
  worn: readonly Disguise[],
  { label, name, shares }: Wearer,
): { text: string; worn: string } {
  const seeded = new Seeded(`${name}|dress`);
  const share = seeded.pick(shares);
  const inside = worn.reduce((inner, one) => disguise(inner, one, { seeded, share }), text);
  if (inside === text) return { text, worn: 'none' };
  const [only] = worn;
  const lead = worn.length === 1 && only !== undefined ? leadOf(only, label, seeded) : '';
  return { text: lead + inside, worn: worn.join('+') };
}

function isHeld(row: GeneratedRow, hold: Hold): boolean {
  return (
    (hold.families?.includes(row.family) ?? false) ||
    (hold.carriers?.includes(row.carrier) ?? false) ||
    (hold.languages?.includes(row.language) ?? false) ||
    row.obfuscation.split('+').some((one) => hold.obfuscations?.includes(one) ?? false)
  );
}
