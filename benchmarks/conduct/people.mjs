/** Synthetic principals: honest ones of many kinds, and those who probe, copy a model or make cost. Seeded, so that every run sees the same. */
import { randomFrom, sentence } from '../rig/texts.mjs';

/**
 * @typedef {object} Asked One exchange: what is asked, how much comes back, and whether it is stopped.
 * @property {string} text
 * @property {string} body names the request as a whole
 * @property {number} tokens
 * @property {boolean} isStopped
 *
 * @typedef {object} Person
 * @property {string} kind
 * @property {number} perHour exchanges
 * @property {() => Asked} ask
 */

/** @param {() => number} random */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** @param {() => number} random @param {number} count */
function sentences(random, count) {
  return Array.from({ length: count }, () => sentence(random)).join('');
}

const TEMPLATES = /** @type {const} */ ([
  (/** @type {string} */ word) => `What is the population of ${word} and which rivers run through it?`,
  (/** @type {string} */ word) => `Write a short product description for an online shop about: ${word}`,
  (/** @type {string} */ word) =>
    `Classify the sentiment of this review as good or bad and give your confidence: ${word}`,
]);

/**
 * How honest people use a model. `stops`: the share of what they ask that is stopped; after that they often say it again in other words.
 * @satisfies {Readonly<Record<string, (random: () => number) => Person>>}
 */
export const HONEST = {
  chat: (random) => {
    const usual = 250 * Math.exp(0.7 * normal(random));
    const stops = 0.06 * random();
    let again = 0;
    let last = '';
    return {
      kind: 'chat',
      perHour: 4 + 30 * random() * random(),
      ask: () => {
        if (again > 0) again -= 1;
        else last = sentences(random, 1 + Math.floor(3 * random()));
        const isStopped = random() < stops;
        if (isStopped && random() < 0.7) again = 1 + Math.floor(3 * random());
        const text = again > 0 ? `${last} please ${sentence(random).split(' ').slice(0, 2).join(' ')}` : last;
        return { text, body: `${text}${random()}`, tokens: usual * Math.exp(normal(random)), isStopped };
      },
    };
  },
  // What fails is sent again as it is.
  retry: (random) => {
    const usual = 300 * Math.exp(0.5 * normal(random));
    let left = 0;
    let text = '';
    return {
      kind: 'retry',
      perHour: 10 + 30 * random(),
      ask: () => {
        if (left > 0) left -= 1;
        else {
          text = sentences(random, 2);
          left = random() < 0.2 ? Math.ceil(5 * random()) : 0;
        }
        return { text, body: text, tokens: usual * Math.exp(normal(random)), isStopped: random() < 0.02 };
      },
    };
  },
  // An agent at work: the words of its user stay, all else grows.
  agent: (random) => {
    let left = 0;
    let text = '';
    let step = 0;
    return {
      kind: 'agent',
      perHour: 40 + 80 * random(),
      ask: () => {
        step += 1;
        if (left > 0) left -= 1;
        else {
          text = sentences(random, 2);
          left = 5 + Math.floor(50 * random());
        }
        return { text, body: `${text}${step}`, tokens: 80 * Math.exp(normal(random)), isStopped: random() < 0.02 };
      },
    };
  },
  // An application that puts what it works on behind a few words of its own.
  summaries: (random) => ({
    kind: 'summaries',
    perHour: 20 + 60 * random(),
    ask: () => {
      const text = `Summarise the following text in three sentences: ${sentences(random, 6 + Math.floor(10 * random()))}`;
      return { text, body: text, tokens: 120 * Math.exp(0.4 * normal(random)), isStopped: random() < 0.03 };
    },
  }),
};

/** Work that is meant to be one template, many times. @type {(random: () => number) => Person} */
export const batch = (random) => {
  const template = TEMPLATES[Math.floor(random() * TEMPLATES.length)] ?? TEMPLATES[0];
  return {
    kind: 'batch',
    perHour: 600,
    ask: () => {
      const text = template(sentence(random).split(' ').slice(0, 2).join(' '));
      return { text, body: text, tokens: 100 * Math.exp(0.4 * normal(random)), isStopped: random() < 0.01 };
    },
  };
};

/** @type {Readonly<Record<string, { readonly finds: string, readonly open: (random: () => number) => Person }>>} */
export const HOSTILE = {
  'sweep, one in 5 s': { finds: 'extraction', open: (random) => sweep(random, 720) },
  'sweep, one in 30 s': { finds: 'extraction', open: (random) => sweep(random, 120) },
  'sweep, one in 60 s': { finds: 'extraction', open: (random) => sweep(random, 60) },
  'variations, 80 % stopped': { finds: 'probing', open: (random) => probe(random, { stops: 0.8, isOne: true }) },
  'many attacks, 60 % stopped': { finds: 'probing', open: (random) => probe(random, { stops: 0.6, isOne: false }) },
  'many attacks, 30 % stopped': { finds: 'probing', open: (random) => probe(random, { stops: 0.3, isOne: false }) },
  'many attacks, 15 % stopped': { finds: 'probing', open: (random) => probe(random, { stops: 0.15, isOne: false }) },
  'long answers, one in 10 s': { finds: 'cost-harvesting', open: (random) => harvest(random, 360) },
  'long answers, one in 60 s': { finds: 'cost-harvesting', open: (random) => harvest(random, 60) },
  'the same request, one in 2 s': {
    finds: 'cost-harvesting',
    open: (random) => {
      const text = sentences(random, 2);
      return { kind: 'storm', perHour: 1_800, ask: () => ({ text, body: text, tokens: 5, isStopped: false }) };
    },
  },
};

/** @param {() => number} random @param {number} perHour @returns {Person} */
function sweep(random, perHour) {
  return { ...batch(random), kind: 'sweep', perHour };
}

/** @param {() => number} random @param {{ stops: number, isOne: boolean }} how @returns {Person} */
function probe(random, { stops, isOne }) {
  const one = sentences(random, 2);
  return {
    kind: 'probe',
    perHour: 120,
    ask: () => {
      const words = sentence(random).split(' ');
      const text = isOne ? `${one} ${words.slice(0, 4).join(' ')}` : sentences(random, 2);
      return { text, body: `${text}${random()}`, tokens: 20, isStopped: random() < stops };
    },
  };
}

/** @param {() => number} random @param {number} perHour @returns {Person} */
function harvest(random, perHour) {
  return {
    kind: 'harvest',
    perHour,
    ask: () => {
      const text = sentences(random, 2);
      return { text, body: text, tokens: 4_096, isStopped: false };
    },
  };
}

/** @param {number} seed @param {(random: () => number) => Person} open */
export function personOf(seed, open) {
  return open(randomFrom(seed));
}
