import { Draw } from './draw.ts';
import { DISGUISES, type Disguise, leadOf, obfuscated } from './obfuscate.ts';
import tables from './obfuscations.json' with { type: 'json' };

/** Disguises that a text wears, the innermost first. */
export type Worn = readonly Disguise[];

/** Every two that leave a text which can be read back: the second is put over the first. */
export const MIXTURES: readonly Worn[] = known(tables.mixtures.inner).flatMap((inner) =>
  known(tables.mixtures.outer).map((outer) => [inner, outer]),
);
/** Mixtures of one attack in one carrier; another seed draws others. */
const MIXTURES_DRAWN = 6;

/** Such as `leet` or `leet+base64`. */
export function wornName(worn: Worn): string {
  return worn.join('+');
}

/** Some of the mixtures, none of them twice. */
export function drawnMixtures(seed: string, label: string): readonly Worn[] {
  const left = [...MIXTURES];
  const draw = new Draw(seed, `mixtures\n${label}`);
  return Array.from({ length: MIXTURES_DRAWN }, () => left.splice(draw.number(left.length), 1)).flat();
}

/** @returns the pieces that are sent, each order with what a model is to do with it */
export function dressed(text: string, worn: Worn): readonly string[] {
  return wrapped(text, worn, leadOf);
}

/** A text in its disguises alone: what is hidden, not what is asked for. */
export function hidden(text: string, worn: Worn): string {
  return wrapped(text, worn, () => '').join('');
}

function wrapped(text: string, worn: Worn, lead: (disguise: Disguise) => string): readonly string[] {
  return worn.reduce<readonly string[]>(
    (pieces, disguise) => {
      const [first = '', ...rest] = obfuscated(pieces.join(''), disguise);
      return [`${lead(disguise)}${first}`, ...rest];
    },
    [text],
  );
}

function known(names: readonly string[]): readonly Disguise[] {
  return names.map((name) => {
    const found = DISGUISES.find((disguise) => disguise === name);
    if (found === undefined) throw new TypeError(`no disguise ${name}`);
    return found;
  });
}
