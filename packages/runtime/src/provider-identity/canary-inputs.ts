/** Words between which a model is to choose. */
const WORDS = [
  'oak',
  'tin',
  'red',
  'sea',
  'fog',
  'key',
  'owl',
  'jam',
  'wax',
  'ivy',
  'bell',
  'salt',
  'drum',
  'lamp',
  'moss',
  'kite',
  'plum',
  'rope',
  'hail',
  'dune',
  'fern',
  'gold',
  'nest',
  'silk',
];

/**
 * Questions that have no right answer, so that a model may lie on a border between two: each pair of the words once. Their order is part of what
 * records say: it must not change.
 */
export const CANARY_INPUTS: readonly string[] = WORDS.flatMap((one, at) =>
  WORDS.slice(at + 1).map((other) => `Answer with one word: ${one} or ${other}?`),
);
