import type { NewsSummary } from './baseline.ts';
import { atLeastByChance } from './chance/fisher-exact.ts';
import type { BaselineNews } from './compared-signals.ts';
import type { Comparison } from './comparison.ts';
import type { SeenNames } from './seen-names.ts';
import { isThin, type Sides, worth } from './sides.ts';

/** New names that are shown, those that came most. */
export const NEW_NAMES_SHOWN_MAX = 20;

/**
 * Says which names are new. By chance a name that comes in so many exchanges now was missed before with Fisher's exact test, corrected for how many names there are. Where names
 * are known in part only, none is new.
 * @param sides counts are those of exchanges
 */
export function compareNews(
  signal: BaselineNews,
  sides: Sides<NewsSummary & { readonly designEffect: number }>,
  seen: SeenNames,
): Comparison {
  const { before, after } = sides;
  const known = new Set(before.names);
  const all = [...seen.names()];
  // Nothing found is nothing new.
  const fresh = before.isFull ? [] : all.filter(([name]) => !known.has(name) && !name.startsWith('none/'));
  const names = fresh
    .map(([name, { count, firstMs, exchange }]) => ({
      name,
      count,
      firstAt: new Date(firstMs).toISOString(),
      exchange,
    }))
    .sort((a, b) => b.count - a.count || (a.firstAt < b.firstAt ? -1 : 1));
  const [many, now] = worth(sides);
  // Exchanges that end after the period are among those of names, and not among all.
  const most = Math.min(1, (names[0]?.count ?? 0) / Math.max(1, after.count)) * now;
  const missed = atLeastByChance(
    { hits: Math.floor(most), count: Math.max(Math.floor(most), Math.round(now)) },
    { hits: 0, count: Math.round(many) },
  );
  return {
    signal,
    counts: [before.count, after.count],
    isThin: isThin(sides),
    direction: 'other',
    chance: Math.min(1, missed * (known.size + names.length)),
    effect: { measure: 'names', value: names.length, least: 1 },
    shown: { kind: 'names', names: names.slice(0, NEW_NAMES_SHOWN_MAX) },
  };
}
