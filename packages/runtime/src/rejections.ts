import type { ErrorCode, Principal, Recorder } from '@sallyport/core';
import { ERRORS, ReceiptBook } from '@sallyport/core';
import { RecordRate } from './record-rate.ts';

/** Rejections that are recorded at once, and per second afterwards; the rest is counted in the next recorded one. */
export const REJECTIONS_BURST = 100;
export const REJECTIONS_PER_SECOND = 10;

export interface Rejection {
  readonly exchange: string;
  readonly code: ErrorCode;
  readonly principal?: Principal | undefined;
}

export interface RejectionParts {
  readonly recorder: Recorder;
  readonly nowMs: () => number;
  readonly iso: () => string;
}

/**
 * Records requests that were turned away before they became an exchange: no key, a broken body, an unknown path. Whoever
 * sends such requests by the million must not fill the disk: beyond a rate they are counted, and the count is recorded.
 */
export class Rejections {
  private readonly parts: RejectionParts;
  private readonly rate: RecordRate;

  constructor(parts: RejectionParts) {
    this.parts = parts;
    this.rate = new RecordRate({ burst: REJECTIONS_BURST, perSecond: REJECTIONS_PER_SECOND }, parts.nowMs);
  }

  async record({ exchange, code, principal }: Rejection): Promise<void> {
    const taken = this.rate.take();
    if (taken === undefined) return;
    const { suppressed } = taken;
    await this.parts.recorder.append({
      v: 1,
      kind: 'closed',
      exchange,
      at: this.parts.iso(),
      ...(principal !== undefined && { principal }),
      outcome: 'rejected',
      status: ERRORS[code].status,
      decisions: [],
      receipt: new ReceiptBook().toReceipt(),
      effect: 'block',
      fault: code,
      redacted: {},
      restored: 0,
      answer: {},
      releasedChars: 0,
      ms: { total: 0, held: 0 },
      ...(suppressed > 0 && { suppressed }),
    });
  }
}
