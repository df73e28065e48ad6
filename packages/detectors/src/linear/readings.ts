import type { TextLayer, TextView } from '@sallyport/core';
import type { ScriptGroup } from './model-file.ts';

/** What a model reads of a text: disguises undone, and each run that was decoded. What a later layer says better is left out. */
export function readingsOf(view: TextView): readonly TextLayer[] {
  const [only] = view.layers;
  if (view.layers.length === 1 && only !== undefined) return [only];
  const folded = view.layers.filter(({ growing }) => growing).at(-1);
  return view.layers.filter((layer) => layer === folded || !layer.growing);
}

/** An ideograph says about as much as so many letters. */
export const LETTERS_OF_IDEOGRAPH = 2.5;
/** How much of a text is looked at. */
const SAMPLE_CHARS = 512;
const FIRST_OTHER = 0x0370;

/** In which script most of the beginning of a text is written. Cost: bounded. */
export function scriptGroupOf(text: string): ScriptGroup {
  let [latin, cjk, other] = [0, 0, 0];
  const end = Math.min(text.length, SAMPLE_CHARS);
  for (let at = 0; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code < FIRST_OTHER) latin += Number((code | 32) >= 97);
    else if (code >= 0x3040 && code <= 0x9fff) cjk += 1;
    else if (code < 0x2000 || (code >= 0xac00 && code <= 0xd7af)) other += 1;
  }
  if (cjk * LETTERS_OF_IDEOGRAPH > Math.max(latin, other)) return 'cjk';
  return other > latin ? 'other' : 'latin';
}
