import { CONTENT_TYPES, type ContentType } from '@sallyport/detectors';
import { Seeded } from '../generators/seeded.ts';
import { type Answers, answers, type ContentRow, type Question } from './content-row.ts';
import kinds from './kinds.json' with { type: 'json' };
import table from './templates.json' with { type: 'json' };

const SLOTS: Readonly<Record<string, readonly string[]>> = table.slots;
const KINDS: Readonly<Record<string, string>> = kinds.kindOfType;
/** Share of rows of which only their own kind of harm is said: real texts are of several. */
const OPEN_SHARE = 0.75;
/** Share of rows that stand within ordinary text. */
const BEHIND_SHARE = 0.25;
const BEFORE_SHARE = 0.25;

/**
 * Rows of our own: each family of templates with its types, and harmless families that use the same words otherwise.
 * The same seed and padding give the same rows.
 * @param padding ordinary sentences that rows are put among
 */
export function generateContentRows(seed: string, padding: readonly string[]): readonly ContentRow[] {
  const seeded = new Seeded(seed);
  const rows: ContentRow[] = [];
  for (const { labels, count, templates } of table.families) {
    for (let made = 0; made < count; made += 1) {
      const bare = dressed(filled(seeded.pick(templates), seeded), seeded);
      const before = padding.length > 0 && seeded.happens(BEFORE_SHARE) ? seeded.pick(padding) : '';
      const behind = padding.length > 0 && seeded.happens(BEHIND_SHARE) ? `. ${seeded.pick(padding)}` : '';
      const types = labels.map(typeOf);
      const known = answers(types, 0);
      const open = types.length > 0 && seeded.happens(OPEN_SHARE);
      rows.push({
        text: `${before}${bare}${behind}`,
        answers: open ? openTo(known, types) : known,
        weight: 1,
        generated: true,
      });
    }
  }
  return rows;
}

function filled(template: string, seeded: Seeded): string {
  return template.replace(/\{(\w+)\}/g, (_, slot: string) => seeded.pick(SLOTS[slot] ?? [])).trim();
}

function dressed(text: string, seeded: Seeded): string {
  const whole = `${seeded.pick(table.openings)}${text}${seeded.pick(table.endings)}`;
  const style = seeded.below(10);
  if (style < 4) return whole;
  if (style < 7) return whole.charAt(0).toUpperCase() + whole.slice(1);
  return style < 8 ? whole.toUpperCase() : whole.toLowerCase();
}

function openTo(known: Answers, types: readonly ContentType[]): Answers {
  const own = new Set(types.map((type) => KINDS[type]));
  const others = CONTENT_TYPES.filter((type) => !own.has(KINDS[type]));
  return { ...known, ...Object.fromEntries(others.map((type): [Question, undefined] => [type, undefined])) };
}

function typeOf(label: string): ContentType {
  const type = CONTENT_TYPES.find((one) => one === label);
  if (type === undefined) throw new RangeError(`no such type: ${label}`);
  return type;
}
