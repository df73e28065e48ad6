import type { Principal } from './decision.ts';
import type { DetectedRequest } from './detect.ts';
import type { Checkpoint } from './vocabulary.ts';

/** Whether the credential reaches some checkpoints only: then it matters where content stands at all. */
export function isNarrowed({ scope }: Principal): boolean {
  return scope?.checkpoints !== undefined;
}

/**
 * Checkpoints at which a request holds content, whether it was seen before or not; and `output`, where it asks for an answer: a
 * credential that may not have one must not make anybody give one.
 */
export function filledPoints({ slices }: DetectedRequest): Set<Checkpoint> {
  const filled = new Set<Checkpoint>();
  for (const { slice, segments, unseen } of slices) {
    if (slice.kind === 'tool-definition') filled.add('tool-definition');
    if (unseen.length > 0) filled.add('input');
    for (const { point } of segments) filled.add(point);
  }
  if ([...filled].some((point) => point !== 'ingest')) filled.add('output');
  return filled;
}
