import type { Detector, ReceiptLine } from '@sallyport/core';
import { isUndecoded, looksUndecoded, ScriptGate, UNCOVERED_LETTERS_MIN, undecodedIn } from '@sallyport/text';
import { DECODING_LINE } from './engine-lines.ts';
import { lineOf } from './guarded-run.ts';

const UNKNOWN_LANGUAGE = { status: 'abstained', reason: 'language' } as const;

/** Detectors that know the languages of the same scripts. */
interface GatedDetectors {
  readonly gate: ScriptGate;
  readonly ids: ReadonlySet<string>;
}

/** What can't be judged of a text. */
interface Blindness {
  readonly undecoded: boolean;
  readonly gated: readonly GatedDetectors[];
}

/**
 * What detectors can't judge of a text, whatever they find in it: some don't know the languages of its scripts, and none
 * knows what isn't text. Each list of lines is made once: receipts count by it.
 */
export class Abstentions {
  readonly #gated: readonly GatedDetectors[];
  readonly #lists = new WeakMap<readonly ReceiptLine[], Map<string, readonly ReceiptLine[]>>();

  constructor(detectors: readonly Detector[]) {
    const byScripts = new Map<string, { gate: ScriptGate; ids: Set<string> }>();
    for (const { id, scripts } of detectors) {
      if (scripts === undefined) continue;
      const key = [...scripts].sort().join();
      const same = byScripts.get(key) ?? { gate: new ScriptGate(scripts), ids: new Set() };
      byScripts.set(key, same);
      same.ids.add(id);
    }
    this.#gated = [...byScripts.values()];
  }

  /**
   * The lines with what abstained.
   * @param layers the text as it stands, and its other readings
   * Cost: that of `ScriptGate` for each layer, and of `looksUndecoded()`.
   */
  applied(lines: readonly ReceiptLine[], [raw = '', ...layers]: readonly string[]): readonly ReceiptLine[] {
    const covers = (gate: ScriptGate) => gate.covers(raw) && layers.every((layer) => gate.covers(layer));
    return this.#with(lines, {
      undecoded: looksUndecoded(raw),
      gated: this.#gated.filter(({ gate }) => !covers(gate)),
    });
  }

  /** The same of a text that grows, for which it counts what came so far. */
  growing(): GrowingAbstentions {
    const counts = this.#gated.map((gated) => ({ gated, letters: 0 }));
    let chars = 0;
    let undecoded = 0;
    return {
      push: (text) => {
        chars += text.length;
        undecoded += undecodedIn(text);
        for (const count of counts) {
          if (count.letters < UNCOVERED_LETTERS_MIN) count.letters += count.gated.gate.uncoveredIn(text);
        }
      },
      applied: (lines) => {
        const gated = counts.filter(({ letters }) => letters >= UNCOVERED_LETTERS_MIN).map((count) => count.gated);
        return this.#with(lines, { undecoded: isUndecoded(undecoded, chars), gated });
      },
    };
  }

  #with(lines: readonly ReceiptLine[], { undecoded, gated }: Blindness): readonly ReceiptLine[] {
    if (!undecoded && gated.length === 0) return lines;
    const known = this.#lists.get(lines) ?? new Map<string, readonly ReceiptLine[]>();
    this.#lists.set(lines, known);
    const key = `${undecoded} ${gated.map(({ ids }) => [...ids].join()).join(' ')}`;
    const list = known.get(key) ?? linesWith(lines, { undecoded, gated });
    known.set(key, list);
    return list;
  }
}

export interface GrowingAbstentions {
  push(text: string): void;
  applied(lines: readonly ReceiptLine[]): readonly ReceiptLine[];
}

function linesWith(lines: readonly ReceiptLine[], { undecoded, gated }: Blindness): readonly ReceiptLine[] {
  const isBlind = (id: string) => gated.some(({ ids }) => ids.has(id));
  // A detector that broke, or never ran, says so rather.
  const own = lines.map((line) => {
    const { detector: id, version, status } = line;
    return status === 'inspected' && isBlind(id) ? lineOf({ id, version }, UNKNOWN_LANGUAGE) : line;
  });
  return undecoded && !own.includes(DECODING_LINE) ? [...own, DECODING_LINE] : own;
}
