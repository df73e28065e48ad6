import type { StoredLeaf } from '@sallyport/core';
import { decodeRecord } from './record-codec.ts';
import { breaksLock, isTooEarly, type RetentionTerms } from './retention-terms.ts';

/** Follows the records of retention: a lock that was taken back, and leaves that left too early. */
export class RetentionCheck {
  #terms: RetentionTerms | undefined;

  /** @param stored a leaf that is filed under `RETENTION_KEY` */
  isBroken({ leaf }: Pick<StoredLeaf, 'leaf'>): boolean {
    let record: ReturnType<typeof decodeRecord>;
    try {
      record = decodeRecord(leaf);
    } catch {
      return true;
    }
    if (record.kind !== 'retention') return true;
    const broken = breaksLock(this.#terms, record) || isTooEarly(record);
    this.#terms = record;
    return broken;
  }
}
