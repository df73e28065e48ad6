import { describe, expect, it } from 'vitest';
import { BADGE_HOLDS_MS, type BadgedRequest, drillBadge, drillOf } from './drill-badge.ts';

const NOW_MS = 1_790_000_000_000;
const drillKey = Buffer.alloc(32, 1);
const request: BadgedRequest = { credential: 'key', body: Buffer.from('{}') };
const DRILL = { id: 'drill-7', stubbed: true };
const badge = drillBadge(DRILL, request, { drillKey, dateMs: () => NOW_MS });
const INVALID = { fault: 'DRILL_INVALID' };

function read(text: string, change: Partial<BadgedRequest & { drillKey: Uint8Array; nowMs: number }> = {}) {
  const { nowMs = NOW_MS } = change;
  const parts = { drillKey: change.drillKey ?? drillKey, dateMs: () => nowMs };
  return drillOf(text, { ...request, ...change }, parts);
}

describe('drillOf()', () => {
  it('knows the drill by a badge that was made for this request', () => {
    expect(read(badge)).toEqual(DRILL);
  });

  it('says whether a provider is to hear of it, and nobody can change that', () => {
    const live = drillBadge({ id: 'drill-7', stubbed: false }, request, { drillKey, dateMs: () => NOW_MS });
    expect(read(live)).toEqual({ id: 'drill-7', stubbed: false });
    expect(read(badge.replace('stubbed', 'live'))).toEqual(INVALID);
    expect(read(live.replace('live', 'stubbed'))).toEqual(INVALID);
  });

  it('takes no badge of another body, credential or key', () => {
    expect(read(badge, { body: Buffer.from('{ }') })).toEqual(INVALID);
    expect(read(badge, { credential: 'other' })).toEqual(INVALID);
    expect(read(badge, { drillKey: Buffer.alloc(32, 2) })).toEqual(INVALID);
  });

  it('takes none after its time, nor one of a time to come', () => {
    expect(read(badge, { nowMs: NOW_MS + BADGE_HOLDS_MS - 1 })).toEqual(DRILL);
    expect(read(badge, { nowMs: NOW_MS + BADGE_HOLDS_MS })).toEqual(INVALID);
    expect(read(badge, { nowMs: NOW_MS - 1 })).toEqual(INVALID);
  });

  it('takes none in which anything was changed', () => {
    for (let at = 0; at < badge.length; at += 1) {
      const other = badge[at] === '1' ? '2' : '1';
      expect(read(`${badge.slice(0, at)}${other}${badge.slice(at + 1)}`)).toEqual(INVALID);
    }
  });

  it.each(['', 'v1', 'v1.a.1.2', `${badge}0`, ` ${badge}`, `${badge},${badge}`, badge.toUpperCase()])(
    'what has another form is none: %s',
    (text) => {
      expect(read(text)).toEqual(INVALID);
    },
  );
});
