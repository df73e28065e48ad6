import { sketchLikeness } from '@sallyport/core';
import { HOUR_MS } from './hours.ts';
import { SlidingCount } from './sliding-count.ts';

/** Templates that are told apart of one principal; for a new one, the one with fewest variations within the hour makes room. */
export const TEMPLATES_MAX = 64;
/** Queries that share so much are variations of one template. */
export const ALIKE_MIN = 0.5;
/** Variations within an hour from which on a template counts as asked through. */
export const SWEPT_MIN = 100;
/** Stopped variations of one query within an hour from which on somebody tries until one passes, and their share of all its variations. */
export const TRIED_MIN = 8;
export const TRIED_SHARE_MIN = 0.5;

/** Of the newest variations it is known that they came before: a query that is asked by turns with another is no new one. */
const RECENT_MAX = 16;

/** What a template takes, and each sketch that it knows. */
const TEMPLATE_BYTES = 600;
const SKETCH_BYTES = 72;

/** What one principal asks in many words that differ little. */
export class QueryTemplate {
  readonly sketch: string;
  readonly #variations = new SlidingCount();
  readonly #stopped = new SlidingCount();
  readonly #recent: string[] = [];
  readonly exchanges: string[] = [];
  fromMs: number;

  constructor(sketch: string, atMs: number) {
    this.sketch = sketch;
    this.fromMs = atMs;
  }

  get bytes(): number {
    return TEMPLATE_BYTES + this.#recent.length * SKETCH_BYTES;
  }

  /** @returns whether it is another variation than those that came last */
  take(sketch: string, exchange: string, atMs: number): boolean {
    if (this.#recent.includes(sketch)) return false;
    keep(this.#recent, sketch, RECENT_MAX);
    keep(this.exchanges, exchange, EXAMPLES_MAX);
    if (this.variations(atMs) < 1) this.fromMs = atMs;
    this.#variations.add(1, atMs, HOUR_MS);
    return true;
  }

  /** The exchange that asked a variation was stopped. */
  stop(atMs: number): void {
    this.#stopped.add(1, atMs, HOUR_MS);
  }

  /** Within an hour. */
  variations(atMs: number): number {
    return this.#variations.at(atMs, HOUR_MS);
  }

  isTried(atMs: number): boolean {
    const stopped = this.stopped(atMs);
    return stopped >= TRIED_MIN && stopped >= TRIED_SHARE_MIN * this.variations(atMs);
  }

  stopped(atMs: number): number {
    return this.#stopped.at(atMs, HOUR_MS);
  }
}

/** Exchanges that are named of a template. */
const EXAMPLES_MAX = 3;

function keep(list: string[], value: string, max: number): void {
  list.push(value);
  if (list.length > max) list.shift();
}

/** The templates of one principal. Cost: 5 us a query. */
export class QueryTemplates {
  /** The one that came last comes last. */
  #templates: QueryTemplate[] = [];

  /** An estimate that is no less. */
  get bytes(): number {
    return this.#templates.reduce((sum, template) => sum + template.bytes, 0);
  }

  /** The template that a query is of, made where it is like none. */
  of(sketch: string, atMs: number): QueryTemplate {
    const at = this.#templates.findLastIndex((template) => sketchLikeness(template.sketch, sketch) >= ALIKE_MIN);
    const [template = new QueryTemplate(sketch, atMs)] = at === -1 ? [] : this.#templates.splice(at, 1);
    if (at === -1) this.#makeRoom(atMs);
    this.#templates.push(template);
    return template;
  }

  /** Others that come between do not drive out the one that is asked through. */
  #makeRoom(atMs: number): void {
    this.#templates = this.#templates.filter((template) => template.variations(atMs) > 0);
    if (this.#templates.length < TEMPLATES_MAX) return;
    const counts = this.#templates.map((template) => template.variations(atMs));
    this.#templates.splice(counts.indexOf(Math.min(...counts)), 1);
  }
}
