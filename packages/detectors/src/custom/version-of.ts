import { createHash } from 'node:crypto';
import type { CustomDetectorSpec } from './create-custom-detector.ts';

/** Changes with whatever a configured detector would answer differently to. */
export function versionOf(spec: CustomDetectorSpec): string {
  const { points: _, id: __, ...answers } = spec;
  return createHash('sha256').update(JSON.stringify(answers)).digest('hex').slice(0, 16);
}
