/** Rows of the generators as files that `sallyport eval` reads: forms and words that no training has seen. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GENERATED, generateRows } from '@sallyport/training';

/** Another than that of training. */
const SEED = 'measure-detection';
/** So that each of the eight main languages has 200 pairs and more. */
const PAIRS_BY_LANGUAGE = 30;
const PAIRS_BY_DISGUISE = 10;
/** Disguises say most in one language, whose texts are found best without. */
const DISGUISED_LANGUAGE = 'en';

/** @typedef {import('@sallyport/training').GeneratedRow} GeneratedRow */

/**
 * Writes `languages/<channel>.jsonl` (undisguised) and `disguises/<channel>.jsonl` (English, each disguise over the same texts).
 * @param {string} folder
 */
export function writeGenerated(folder) {
  const plain = generateRows({ seed: SEED, perFamily: PAIRS_BY_LANGUAGE, part: 'measure', disguise: 'none' });
  write(path.join(folder, 'languages'), plain);
  const hold = { languages: GENERATED.languages.filter((language) => language !== DISGUISED_LANGUAGE) };
  const disguised = /** @type {const} */ (['none', ...GENERATED.obfuscations]).flatMap((disguise) => {
    const rows = generateRows({ seed: SEED, perFamily: PAIRS_BY_DISGUISE, part: 'measure', disguise, hold });
    return rows.filter(({ obfuscation }) => obfuscation === disguise);
  });
  write(path.join(folder, 'disguises'), disguised);
}

/**
 * @param {string} folder
 * @param {readonly GeneratedRow[]} rows
 */
function write(folder, rows) {
  for (const channel of ['direct', 'data']) {
    const lines = rows
      .filter((row) => row.channel === channel)
      .map(({ text, label, family, language, obfuscation, carrier }, at) =>
        JSON.stringify({
          id: `${channel}:${at}`,
          text,
          label,
          kind: family,
          source: 'generated',
          lang: language,
          meta: { disguise: obfuscation, carrier },
        }),
      );
    mkdirSync(path.join(folder, channel), { recursive: true });
    writeFileSync(path.join(folder, channel, 'rows.jsonl'), `${lines.join('\n')}\n`);
  }
}
