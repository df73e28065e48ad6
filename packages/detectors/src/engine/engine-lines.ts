import type { ReceiptLine } from '@sallyport/core';

/** Changes whenever the engine itself may give another answer about the same text. */
export const ENGINE_VERSION = '3';

/**
 * What was encoded more deeply, or more often, than the limits allow was not read; and what looks like bytes, or like text in
 * an encoding that nobody knows, was not understood.
 */
export const DECODING_LINE: ReceiptLine = {
  detector: 'decoding',
  version: ENGINE_VERSION,
  status: 'abstained',
  reason: 'encoding',
  segments: 1,
};

/** A stream held more than it may, and went on with what was open taken as it stood. */
export const HELD_LINE: ReceiptLine = {
  detector: 'stream',
  version: ENGINE_VERSION,
  status: 'skipped',
  reason: 'held-too-long',
  segments: 1,
};
