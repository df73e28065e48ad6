import { CAPTURE_FORMS, type CaptureOrder, EFFECTS, type Effect } from '@sallyport/core';

/** Reads a `@capture` annotation: `raw`, `redacted`, or either with effects, such as `redacted: block, ask`. */
export function parseCaptureOrder(annotation: string): CaptureOrder | undefined {
  const [word = '', named, ...rest] = annotation.split(':').map((part) => part.trim());
  const form = CAPTURE_FORMS.find((known) => known === word);
  if (form === undefined || rest.length > 0) return undefined;
  if (named === undefined) return { form };
  const effects: Effect[] = [];
  for (const each of named.split(',').map((part) => part.trim())) {
    const effect = EFFECTS.find((known) => known === each);
    if (effect === undefined || effects.includes(effect)) return undefined;
    effects.push(effect);
  }
  return { form, effects };
}
