/** Synthetic series with known change points: what traffic looks like, seeded, so that every run sees the same. */

/** @typedef {() => number} Random */

/** @param {Random} random */
function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * Levels, such as latencies in milliseconds, by how they scatter; `moved` is the factor by which they moved.
 * @type {Readonly<Record<string, (random: Random) => (moved: number) => number>>}
 */
export const LEVELS = {
  'log-normal': (random) => (moved) => 400 * moved * Math.exp(0.5 * normal(random)),
  // One answer in 20 takes ten times as long.
  stray: (random) => (moved) => 400 * moved * Math.exp(0.3 * normal(random)) * (random() < 0.05 ? 10 : 1),
  // Two kinds of requests, short and long.
  'two kinds': (random) => (moved) => (random() < 0.3 ? 2_000 : 200) * moved * Math.exp(0.3 * normal(random)),
  // What was slow stays slow for a while.
  correlated: (random) => {
    let state = 0;
    return (moved) => {
      state = 0.6 * state + 0.8 * normal(random);
      return 400 * moved * Math.exp(0.4 * state);
    };
  },
};

/** Whether something happens, in a share of cases. @param {Random} random */
export function happens(random) {
  return (/** @type {number} */ share) => random() < share;
}

/** One of the kinds, by their weights. @param {Random} random */
export function oneOf(random) {
  return (/** @type {Readonly<Record<string, number>>} */ weights) => {
    let left = random() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    for (const [kind, weight] of Object.entries(weights)) {
      left -= weight;
      if (left < 0) return kind;
    }
    return 'none';
  };
}
