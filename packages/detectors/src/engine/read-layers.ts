import type { TextLayer } from '@sallyport/core';
import { type MappedView, readCiphers, type TriggerHits, type TriggerScanner } from '@sallyport/text';

/** A view with the ciphers in it read, and what the scan found in each of its layers. */
export interface ReadLayers {
  readonly view: MappedView;
  readonly hits: ReadonlyMap<TextLayer, TriggerHits>;
}

/**
 * @param scanned hits of layers that were scanned already
 * Cost: one scan of each layer.
 */
export function readLayers(
  scanner: TriggerScanner,
  view: MappedView,
  scanned: readonly (readonly [TextLayer, TriggerHits])[] = [],
): ReadLayers {
  const hits = new Map<TextLayer, TriggerHits>(scanned);
  const hitsOf = (layer: TextLayer) => {
    const found = hits.get(layer) ?? scanner.scan(layer.text);
    hits.set(layer, found);
    return found;
  };
  const read = readCiphers(view, hitsOf);
  for (const layer of read.layers) hitsOf(layer);
  return { view: read, hits };
}
