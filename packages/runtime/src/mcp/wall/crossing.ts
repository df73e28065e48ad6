import { ExchangeCapture, Stop, type TraceContext } from '@sallyport/core';
import { claimedVersion, type McpRequest, type RequestId } from '@sallyport/mcp';
import { memberOf, numberOf, stringOf } from '@sallyport/wire';
import { type CallClaim, claimOf, traceOf } from '../links/call-claim.ts';
import type { KnownCall } from '../links/open-rounds.ts';
import type { KeyedCall } from './conversation.ts';
import { ExchangeRecords } from './exchange-records.ts';
import type { Scene } from './guarded-server.ts';

export type SideName = 'client' | 'server';

/** One request on its way from one side to the other, until its answer has gone back. */
export interface Crossing {
  readonly from: SideName;
  /** As the asking side numbered it. */
  readonly id: RequestId;
  readonly method: string;
  /** The tool that is called, the prompt that is got, the resource that is read. */
  readonly name: string | undefined;
  /** What a tool is called with, JSON. */
  readonly given: string;
  /** Which call of a model a call says that it is. */
  readonly claim: CallClaim;
  /** Where in a list it goes on. */
  readonly cursor: string | undefined;
  /** What the asking side calls its progress. */
  readonly progress: RequestId | undefined;
  /** Its side speaks 2026-07-28. */
  readonly isModern: boolean;
  readonly records: ExchangeRecords;
  readonly capture: ExchangeCapture;
  /** The call that it is, once that went on. */
  call?: KeyedCall;
  /** What was known of it then. */
  known?: KnownCall;
  /** Its number towards the side that is asked, once it went there. */
  sentAs?: number;
  /** What that side calls its progress. */
  progressAs?: RequestId | undefined;
  /** Nobody waits for an answer any more. */
  isOver: boolean;
  /** Ends with it what is waited for on its behalf. */
  readonly stop: Stop;
}

export const CALL = 'tools/call';

/** A request as it came in. */
export interface Carried {
  readonly message: McpRequest;
  readonly trace?: TraceContext | undefined;
}

/** @param message with what its carrier says of a trace */
export function openCrossing(from: SideName, { message, trace }: Carried, scene: Scene): Crossing {
  const { id, method, params } = message;
  const name = stringOf(params, 'name') ?? stringOf(params, 'uri');
  const meta = memberOf(params, '_meta');
  const parent = traceOf(params, trace);
  const records = new ExchangeRecords(scene, {
    operation: method,
    parent,
    tool: method === CALL ? (name ?? '') : undefined,
    bytes: message.bytes.length,
  });
  const { engine } = records.judge;
  const capture = new ExchangeCapture({ id: records.id, principal: scene.principal }, scene.house, engine);
  const progress = stringOf(meta, 'progressToken') ?? numberOf(meta, 'progressToken');
  const cursor = stringOf(params, 'cursor');
  const called = memberOf(params, 'arguments');
  const given = called === undefined ? '{}' : message.text.slice(called.start, called.end);
  const isModern = claimedVersion(params) !== undefined;
  const claim = method === CALL ? claimOf(params, parent) : {};
  return {
    claim,
    from,
    id,
    method,
    name,
    given,
    cursor,
    progress,
    isModern,
    records,
    capture,
    isOver: false,
    stop: new Stop(),
  };
}
