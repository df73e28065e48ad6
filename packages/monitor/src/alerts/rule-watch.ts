import {
  ALERT_EXCHANGES_MAX,
  type AlertAbout,
  type AlertAttribute,
  type Checkpoint,
  type FoundCategory,
  foundCategories,
} from '@sallyport/core';
import { SlidingWindow } from '../sketch/sliding-window.ts';
import type { AlertEvent } from './alert-event.ts';
import { type AlertCause, type AlertCondition, type AlertRule, NEW_NAMES, NEW_SIGNALS } from './alert-rule.ts';

/** Groups of one rule whose counts are kept; for a new one, the one that came least lately makes room. */
export const GROUPS_MAX = 1_000;
/** Names of one kind that a rule about new ones knows; beyond that, none is new. */
export const KNOWN_NAMES_MAX = 1_000;
/** Exchanges before which no name is new. */
export const NAMES_WARM_UP = 100;
/** Slots of a window: what is counted leaves it in so many steps. */
const SLOTS = 12;

interface Tally {
  all: number;
  hits: number;
  exchanges: string[];
}

type Counting = Extract<AlertCondition, { readonly kind: 'count' | 'share' }>;
type Group = SlidingWindow<Tally>;

/** What one rule has seen lately, in bounded memory. */
export class RuleWatch {
  readonly #rule: AlertRule;
  readonly #groups = new Map<string, Group>();
  readonly #known = new Map<string, Set<string>>();
  #exchanges = 0;

  constructor(rule: AlertRule) {
    this.#rule = rule;
  }

  /** Cost: 1 us, and what it counts. */
  take(event: AlertEvent): readonly AlertCause[] {
    const { when } = this.#rule;
    switch (when.kind) {
      case 'finding':
        return this.#found(event, when);
      case 'count': {
        const hits = event.counts[when.of] ?? 0;
        return hits === 0 ? [] : this.#counted(event, when, { all: hits, hits });
      }
      case 'share': {
        const all = event.counts.exchange ?? 0;
        return all === 0 ? [] : this.#counted(event, when, { all, hits: event.counts[when.of] ?? 0 });
      }
      case 'moved': {
        const { signal = 'new-', category } = event.about;
        // How somebody conducts themselves is a finding: rules of what moved have to name it.
        const isOurs = when.signals.length === 0 ? category === undefined : when.signals.includes(signal);
        if (signal.startsWith('new-') || !isOurs || (event.strength ?? 0) < when.minStrength) return [];
        return [this.#cause(event, event.about, { value: event.strength ?? 0, bound: when.minStrength })];
      }
      case 'new':
        return [...this.#newSignal(event, when), ...this.#newNames(event, when)];
    }
  }

  #found(event: AlertEvent, when: Extract<AlertCondition, { readonly kind: 'finding' }>): readonly AlertCause[] {
    const { effect } = event;
    if (when.effects.length > 0 && (effect === undefined || !when.effects.includes(effect))) return [];
    const findings = when.points.length === 0 ? event.findings : foundCategories(decidedAt(event, when.points));
    const found = (Object.keys(findings) as FoundCategory[]).filter(
      (category) => when.categories.length === 0 || when.categories.includes(category),
    );
    return found.map((category) => this.#cause(event, { ...event.about, category }));
  }

  #counted(event: AlertEvent, when: Counting, add: Pick<Tally, 'all' | 'hits'>): readonly AlertCause[] {
    const { atMs } = event;
    const about = picked(event.about, this.#rule.by);
    const key = JSON.stringify(about);
    const group = this.#group(key, when.withinMs);
    const slot = group.current(atMs);
    slot.all += add.all;
    slot.hits += add.hits;
    if (add.hits > 0) slot.exchanges = [...slot.exchanges, ...event.exchanges].slice(-ALERT_EXCHANGES_MAX);
    const tallies = group.contents(atMs);
    const all = tallies.reduce((sum, tally) => sum + tally.all, 0);
    const hits = tallies.reduce((sum, tally) => sum + tally.hits, 0);
    const isOver =
      when.kind === 'count' ? hits >= when.atLeast : all >= when.minimum && hits / all > when.above && hits > 0;
    if (!isOver) return [];
    // What was told is not counted again.
    this.#groups.delete(key);
    const exchanges = tallies.flatMap((tally) => tally.exchanges).slice(-ALERT_EXCHANGES_MAX);
    const [value, bound] = when.kind === 'count' ? [hits, when.atLeast] : [hits / all, when.above];
    return [{ rule: this.#rule, about, exchanges, more: Math.max(0, hits - exchanges.length), value, bound }];
  }

  #group(key: string, withinMs: number): Group {
    const open = () => ({ all: 0, hits: 0, exchanges: [] });
    const group = this.#groups.get(key) ?? new SlidingWindow<Tally>({ slots: SLOTS, slotMs: withinMs / SLOTS }, open);
    this.#groups.delete(key);
    this.#groups.set(key, group);
    if (this.#groups.size > GROUPS_MAX) {
      for (const oldest of this.#groups.keys()) {
        this.#groups.delete(oldest);
        break;
      }
    }
    return group;
  }

  #newSignal(event: AlertEvent, { of }: Extract<AlertCondition, { readonly kind: 'new' }>): readonly AlertCause[] {
    const signals: readonly string[] = of.flatMap((thing) =>
      thing in NEW_SIGNALS ? NEW_SIGNALS[thing as keyof typeof NEW_SIGNALS] : [],
    );
    return signals.includes(event.about.signal ?? '') ? [this.#cause(event, event.about)] : [];
  }

  #newNames(event: AlertEvent, { of }: Extract<AlertCondition, { readonly kind: 'new' }>): readonly AlertCause[] {
    // What was turned away was not seen at work: anybody can ask for any name.
    if (event.counts.exchange === undefined || event.counts.rejection !== undefined) return [];
    this.#exchanges += event.counts.exchange;
    const causes: AlertCause[] = [];
    for (const thing of NEW_NAMES) {
      const name = of.includes(thing) ? nameOf(event.about, thing) : undefined;
      if (name === undefined || !this.#isNew(thing, name)) continue;
      if (this.#exchanges <= NAMES_WARM_UP) continue;
      causes.push(this.#cause(event, { ...event.about, signal: `new-${thing}`, name }));
    }
    return causes;
  }

  #isNew(thing: string, name: string): boolean {
    const known = this.#known.get(thing) ?? new Set<string>();
    this.#known.set(thing, known);
    if (known.has(name) || known.size >= KNOWN_NAMES_MAX) return false;
    known.add(name);
    return true;
  }

  #cause(event: AlertEvent, about: AlertAbout, measured: Pick<AlertCause, 'value' | 'bound'> = {}): AlertCause {
    const rule = this.#rule;
    const exchanges = event.exchanges.slice(-ALERT_EXCHANGES_MAX);
    const more = event.exchanges.length - exchanges.length;
    return { rule, about: picked(about, rule.by), exchanges, more, ...measured };
  }
}

function decidedAt({ decisions }: AlertEvent, points: readonly Checkpoint[]): AlertEvent['decisions'] {
  return decisions.filter((recorded) => recorded.kind === 'guard' && points.includes(recorded.question.point));
}

function nameOf(
  { model, provider, principal = '' }: AlertAbout,
  thing: (typeof NEW_NAMES)[number],
): string | undefined {
  if (thing === 'model') return model;
  if (thing === 'provider') return provider;
  return principal.startsWith('agent/') ? principal : undefined;
}

/** Whose tool or session something is, and which principal of that name, its tenant says. In the order in which the log gives them back. */
function picked(about: AlertAbout, by: readonly AlertAttribute[]): AlertAbout {
  const all: readonly AlertAttribute[] = by.includes('principal') ? ['tenant', ...by] : by;
  const kept: Partial<Record<AlertAttribute, string>> = {};
  for (const attribute of [...all].sort()) {
    const value = about[attribute];
    if (value !== undefined) kept[attribute] = value;
  }
  return kept;
}
