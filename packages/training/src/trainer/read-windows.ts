import { type FeatureOptions, forEachFeature, readingsOf } from '@sallyport/detectors';
import { viewOf } from '@sallyport/text';

/** The features of one window, each weighing by how often it stands there over the root of their number. */
export interface WindowFeatures {
  readonly buckets: Uint32Array;
  readonly values: Float32Array;
}

/** Of longer texts the beginning is read: training needs breadth, not length. */
const TEXT_CHARS_MAX = 6_000;

export interface ReadingOptions {
  readonly features: FeatureOptions;
  readonly windowChars: number;
}

/** The windows of a text as a model reads them (see `LinearModel`), and the one in which `payload` begins. */
export function windowsOf(
  text: string,
  { features, windowChars }: ReadingOptions,
  payload?: string,
): { readonly windows: readonly WindowFeatures[]; readonly attacked?: number } {
  const windows: WindowFeatures[] = [];
  let attacked: number | undefined;
  for (const { text: reading } of readingsOf(viewOf(text.slice(0, TEXT_CHARS_MAX)))) {
    const half = windowChars === 0 ? Math.max(1, reading.length) : windowChars / 2;
    const halves = Array.from(
      { length: Math.max(1, Math.ceil(reading.length / half)) },
      () => new Map<number, number>(),
    );
    forEachFeature(reading, features, (bucket, at) => {
      const counts = halves[Math.floor(at / half)];
      counts?.set(bucket, (counts.get(bucket) ?? 0) + 1);
    });
    const found = payload === undefined ? -1 : reading.indexOf(payload.slice(0, PAYLOAD_CHARS));
    if (found >= 0) attacked = windows.length + Math.max(0, Math.min(Math.floor(found / half), halves.length - 2));
    for (let place = 0; place === 0 || place < halves.length - 1; place += 1) {
      windows.push(joined(halves[place] ?? new Map(), halves[place + 1] ?? new Map()));
    }
  }
  return { windows, ...(attacked !== undefined && { attacked }) };
}

/** So much of a payload is looked for: its end may have been changed by the carrier. */
const PAYLOAD_CHARS = 48;

function joined(first: ReadonlyMap<number, number>, second: ReadonlyMap<number, number>): WindowFeatures {
  const counts = new Map(first);
  for (const [bucket, count] of second) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  let total = 0;
  for (const count of counts.values()) total += count;
  const norm = 1 / Math.sqrt(Math.max(1, total));
  return {
    buckets: Uint32Array.from(counts.keys()),
    values: Float32Array.from(counts.values(), (count) => count * norm),
  };
}
