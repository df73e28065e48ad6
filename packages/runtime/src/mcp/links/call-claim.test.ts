import { isFault, type TraceContext } from '@sallyport/core';
import { ID_MAX_CHARS } from '@sallyport/mcp';
import { parseJson } from '@sallyport/wire';
import { describe, expect, it } from 'vitest';
import { CALL_KEYS, claimOf, traceOf } from './call-claim.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const parent = (trace: string) => `00-${trace}-b7ad6b7169203331-01`;

const context = (traceId: string) => ({ traceId, spanId: 'b7ad6b7169203331', sampled: true });

function claimed(params: object, carried?: TraceContext) {
  const root = parseJson(JSON.stringify(params), { maxDepth: 16, maxNodes: 1_000, strict: true });
  if (isFault(root) || root.kind !== 'object') throw new Error('no such params');
  return claimOf(root, traceOf(root, carried));
}

describe('claimOf()', () => {
  it.each(CALL_KEYS)('reads what the model called a call from `%s`', (key) => {
    expect(claimed({ _meta: { [key]: 'toolu_01A09q90' } })).toEqual({ id: 'toolu_01A09q90' });
  });

  it('reads the trace from the message, else from what carried it', () => {
    const other = TRACE.replace('0', '1');
    expect(claimed({ _meta: { traceparent: parent(TRACE) } }, context(other))).toEqual({ trace: TRACE });
    expect(claimed({}, context(other))).toEqual({ trace: other });
  });

  it('takes what is no id, too long for one or no trace for nothing', () => {
    const long = 'x'.repeat(ID_MAX_CHARS);
    expect(claimed({ _meta: { callId: long } })).toEqual({ id: long });
    for (const callId of [`${long}x`, '', 7, null, ['a']]) expect(claimed({ _meta: { callId } })).toEqual({});
    for (const traceparent of ['x', parent('0'.repeat(32)), 7]) expect(claimed({ _meta: { traceparent } })).toEqual({});
    expect(claimed({ callId: 'a', _meta: 'callId' })).toEqual({});
  });
});
