import type { CallFailure, ClosedRecord, TriedUpstream } from '@sallyport/core';
import type { GenAiVersion } from '../../config/index.ts';

/** A call of a provider, or of a server of tools. */
export interface Call {
  readonly tried: TriedUpstream;
  /** Milliseconds since the exchange began. */
  readonly fromMs: number;
  readonly failure?: CallFailure;
}

/** A call, with the exchange that it was for, which has ended. */
export interface CallMatter {
  readonly call: Call;
  readonly record: ClosedRecord;
  readonly operation: string;
  readonly genAi: GenAiVersion;
  readonly kindOf: (provider: string) => string | undefined;
}
