import type { Category, Channel, InspectorQuestion } from '@sallyport/core';
import detectors from './calibrated.json' with { type: 'json' };

/**
 * The detectors whose score says how likely a text is what it looks like, with the category that it counts for. What all
 * others find is there or is not: a text that holds an address is no false alarm because an honest one holds it too.
 */
export const CALIBRATED: ReadonlyMap<string, Category> = new Map(Object.entries(detectors) as [string, Category][]);

/** Every category that can be calibrated, once. */
export const CALIBRATED_CATEGORIES: readonly Category[] = [...new Set(CALIBRATED.values())];

/** By which channel a text came; undefined for what a model says, which is not calibrated. */
export function channelOf({ point }: Pick<InspectorQuestion, 'point'>): Channel | undefined {
  if (point === 'input') return 'direct';
  return point === 'tool-result' || point === 'tool-definition' || point === 'ingest' ? 'data' : undefined;
}
