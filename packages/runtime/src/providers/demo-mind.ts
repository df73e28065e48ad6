import { hash } from 'node:crypto';

/** What the demo's model is, where it is told to be one: the same mind answers the same inputs in the same shares. */
export interface DemoMind {
  /** Name of its weights: another name is another model. */
  readonly weights: string;
  /** Instructions that its provider puts before what clients say. */
  readonly instructions: string;
  /** Bits of each weight; with fewer, answers that were nearly as likely as others change places. */
  readonly bits: 4 | 8 | 16;
}

/** The answers that it knows, each one token. */
const WORDS = ['yes', 'no', 'red', 'blue', 'one', 'two', 'north', 'south', 'cat', 'dog', 'salt', 'tin'] as const;
/** Spread of the scores that weights give to the words. */
const SCORE_SPREAD = 2;
/** How far instructions, or fewer bits, move a score. */
const INSTRUCTED = 0.9;
const ROUNDED: Readonly<Record<DemoMind['bits'], number>> = { 16: 0, 8: 0.06, 4: 0.5 };
/** How freely it answers: so little that most inputs have one answer, and some, those on a border, have two. */
const TEMPERATURE = 0.25;

/** How likely each of its words is as the answer to a text; sums to 1. */
export function mindShares({ weights, instructions, bits }: DemoMind, text: string): ReadonlyMap<string, number> {
  const scores = WORDS.map((word) => {
    const plain = SCORE_SPREAD * bell(weights, text, word);
    const instructed = instructions === '' ? 0 : INSTRUCTED * bell(weights, instructions, text, word);
    return plain + instructed + ROUNDED[bits] * bell(weights, String(bits), text, word);
  });
  const most = Math.max(...scores);
  const masses = scores.map((score) => Math.exp((score - most) / TEMPERATURE));
  const all = masses.reduce((sum, mass) => sum + mass, 0);
  return new Map(WORDS.map((word, at) => [word, (masses[at] ?? 0) / all]));
}

/** The answer to a text: the one of which this number, in [0,1), falls into its share. */
export function mindAnswer(mind: DemoMind, text: string, drawn: number): string {
  let left = drawn;
  let answer = '';
  for (const [word, share] of mindShares(mind, text)) {
    answer = word;
    left -= share;
    if (left < 0) break;
  }
  return answer;
}

/** The n-th number that an instance of the demo draws, in [0,1): the same for each instance. */
export function mindDraw(n: number): number {
  return uniform('draw', String(n));
}

/** A number of a normal distribution, nearly: the sum of twelve uniform ones. */
function bell(...parts: readonly string[]): number {
  const digest = Buffer.from(hash('sha256', JSON.stringify(parts), 'buffer'));
  let sum = 0;
  for (let at = 0; at < 24; at += 2) sum += digest.readUInt16BE(at) / 65_536;
  return sum - 6;
}

function uniform(...parts: readonly string[]): number {
  return Buffer.from(hash('sha256', JSON.stringify(parts), 'buffer')).readUInt32BE(0) / 4_294_967_296;
}
