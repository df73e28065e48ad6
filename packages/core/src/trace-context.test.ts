import { describe, expect, it } from 'vitest';
import { readTraceContext, TRACESTATE_MAX_CHARS, TRACESTATE_MAX_MEMBERS, writeTraceContext } from './trace-context.ts';

const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
const traceparent = `00-${traceId}-${spanId}-01`;
const stateOf = (tracestate: unknown) => readTraceContext({ traceparent, tracestate })?.state;

describe('readTraceContext()', () => {
  it('reads where a request stands, and whether its trace is kept', () => {
    expect(readTraceContext({ traceparent })).toEqual({ traceId, spanId, sampled: true });
    for (const flags of ['00', '02']) {
      expect(readTraceContext({ traceparent: `00-${traceId}-${spanId}-${flags}` })?.sampled).toBe(false);
    }
    expect(readTraceContext({ traceparent: `00-${traceId}-${spanId}-03` })?.sampled).toBe(true);
  });

  it('reads nothing of what is not well-formed, whatever state comes with it', () => {
    for (const hostile of [undefined, 7, '', 'x', `${traceparent}-more`, [traceparent, traceparent]]) {
      expect(readTraceContext({ traceparent: hostile, tracestate: 'a=1' })).toBeUndefined();
    }
  });

  it('reads the state of one header or of several, without what is empty', () => {
    expect(stateOf('rojo=00f067aa0ba902b7, congo=t61rcWkgMzE')).toBe('rojo=00f067aa0ba902b7,congo=t61rcWkgMzE');
    expect(stateOf(['a=1', 'b@c=2 3', ''])).toBe('a=1,b@c=2 3');
    for (const none of [undefined, '', ' , ', 7]) expect(stateOf(none)).toBeUndefined();
  });

  it('holds a state to its bounds, and leaves it out beyond', () => {
    const member = (chars: number) => `k=${'v'.repeat(chars - 2)}`;
    const whole = [member(255), member(256)].join(',');
    expect([whole.length, stateOf(whole)]).toEqual([TRACESTATE_MAX_CHARS, whole]);
    expect(stateOf(`${whole}v`)).toBeUndefined();
    const members = (count: number) => Array.from({ length: count }, (_, n) => `k${n}=1`).join(',');
    expect(stateOf(members(TRACESTATE_MAX_MEMBERS))).toBe(members(TRACESTATE_MAX_MEMBERS));
    expect(stateOf(members(TRACESTATE_MAX_MEMBERS + 1))).toBeUndefined();
  });

  it.each(['novalue', 'a=', '=1', 'A=1', 'a=1\r\nx: y', 'a=é', 'a=b=c', 'a=1,b'])('takes no state of `%s`', (state) => {
    expect(stateOf(state)).toBeUndefined();
  });
});

describe('writeTraceContext()', () => {
  it('writes what is read as the same', () => {
    for (const sampled of [true, false]) {
      const context = { traceId, spanId, sampled, state: 'a=1' };
      expect(readTraceContext(writeTraceContext(context))).toEqual(context);
    }
    expect(writeTraceContext({ traceId, spanId, sampled: true })).toEqual({ traceparent });
  });
});
