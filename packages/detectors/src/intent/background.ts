import table from './background.json' with { type: 'json' };
import followUps from './follow-ups.json' with { type: 'json' };
import { stemOf } from './words.ts';

/** Texts that hold a word that is not in the table, at most so many: about half of the rarest that is. */
const RARE = 2;

/** How common the words of English texts are, whatever they are about. */
export interface Background {
  /** Texts that it was counted in. */
  readonly texts: number;
  /** How many of them hold a stem. */
  countOf(stem: string): number;
  knows(stem: string): boolean;
  /** Whether a stem says nothing of what a text is about. */
  isFollowUp(stem: string): boolean;
}

let opened: Background | undefined;

/** Cost: some milliseconds, once. */
export function openBackground(): Background {
  opened ??= read();
  return opened;
}

function read(): Background {
  const counts = new Map<string, number>();
  for (const [halfPowers, stems] of Object.entries(table.halfPowers)) {
    const count = 2 ** (Number(halfPowers) / 2);
    for (const stem of stems.split(' ')) counts.set(stem, count);
  }
  const idle = new Set(followUps.words.split(' ').map(stemOf));
  return {
    texts: table.texts,
    countOf: (stem) => counts.get(stem) ?? RARE,
    knows: (stem) => counts.has(stem),
    isFollowUp: (stem) => idle.has(stem),
  };
}
