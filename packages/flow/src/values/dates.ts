import { isAscii, twinPattern } from './ascii-twin.ts';
import months from './months.json' with { type: 'json' };

const monthByName = new Map<string, number>();
for (const names of Object.values(months)) {
  for (const [index, spellings] of names.entries()) {
    for (const name of spellings.split(' ')) monthByName.set(name.normalize('NFC'), index + 1);
  }
}

const ISO = /(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)/g;
const NUMERIC = /(?<![\d.])(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?!\d)/g;
const DAY_FIRST = twinPattern(
  /(?<!\d)(\d{1,2})(?:st|nd|rd|th|\.|er|º)?(?:\s+(?:of|de|di|van))?\s+(\p{L}{3,10})\.?(?:,?\s+(?:de\s+)?(\d{4}))?(?!\d)/giu,
);
const MONTH_FIRST = twinPattern(/(?<!\p{L})(\p{L}{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?(?!\d)/giu);

export interface FoundDate {
  /** `2024-05-15`, or `--05-15` where no year was named. */
  readonly date: string;
  readonly start: number;
  readonly end: number;
}

/** Days that a text names, in whatever order it writes them: where day and month could be exchanged, both. Cost: O(length). */
export function datesIn(text: string): readonly FoundDate[] {
  const found: FoundDate[] = [];
  const add = ({ index, 0: whole }: RegExpExecArray, parts: readonly [string, number, number]): void => {
    const [year, month, day] = parts;
    if (month < 1 || month > 12 || day < 1 || day > 31) return;
    const date = `${year === '' ? '-' : year}-${two(month)}-${two(day)}`;
    found.push({ date, start: index, end: index + whole.length });
  };
  if (!/\d/.test(text)) return found;
  const ascii = isAscii(text);
  for (const match of text.matchAll(ISO)) add(match, [match[1] ?? '', Number(match[2]), Number(match[3])]);
  for (const match of text.matchAll(NUMERIC)) {
    const year = match[3]?.length === 2 ? `20${match[3]}` : (match[3] ?? '');
    add(match, [year, Number(match[2]), Number(match[1])]);
    add(match, [year, Number(match[1]), Number(match[2])]);
  }
  for (const match of text.matchAll(DAY_FIRST.for(ascii))) {
    add(match, [match[3] ?? '', monthByName.get((match[2] ?? '').toLowerCase()) ?? 0, Number(match[1])]);
  }
  for (const match of text.matchAll(MONTH_FIRST.for(ascii))) {
    add(match, [match[3] ?? '', monthByName.get((match[1] ?? '').toLowerCase()) ?? 0, Number(match[2])]);
  }
  return found;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
