import { readTraceContext, type TraceContext } from '@sallyport/core';
import { ID_MAX_CHARS } from '@sallyport/mcp';
import { type JsonObject, memberOf, stringOf } from '@sallyport/wire';

/** What a client says of a call at the door of its tool: which call of which model it is. */
export interface CallClaim {
  /** What the model called it. */
  readonly id?: string;
  /** The distributed trace that it belongs to. */
  readonly trace?: string;
}

/** Under which names in `_meta` clients say what the model called a call: agents that were told to, Claude Code, Codex. */
export const CALL_KEYS = ['io.sallyport/call', 'claudecode/toolUseId', 'callId'] as const;

/**
 * Where in a distributed trace a request stands.
 * @param carried what a header beside it says: what the message itself says comes first
 */
export function traceOf(params: JsonObject | undefined, carried?: TraceContext): TraceContext | undefined {
  const meta = memberOf(params, '_meta');
  const [traceparent, tracestate] = [stringOf(meta, 'traceparent'), stringOf(meta, 'tracestate')];
  return readTraceContext({ traceparent, tracestate }) ?? carried;
}

/** @param params of the call @param trace that it belongs to */
export function claimOf(params: JsonObject | undefined, trace: TraceContext | undefined): CallClaim {
  const meta = memberOf(params, '_meta');
  const id = CALL_KEYS.map((key) => stringOf(meta, key)).find((one) => one !== undefined && one !== '');
  return {
    ...(id !== undefined && id.length <= ID_MAX_CHARS && { id }),
    ...(trace !== undefined && { trace: trace.traceId }),
  };
}
