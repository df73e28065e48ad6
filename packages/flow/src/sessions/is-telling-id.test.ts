import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ID_MAX_CHARS, isTellingId } from './is-telling-id.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const random = (chars: number) => Array.from({ length: chars }, () => LETTERS[randomInt(LETTERS.length)]).join('');

describe('isTellingId()', () => {
  it.each([
    'call_Xy3kPq81ZmN0aBcDeFgH5iJk',
    'toolu_01A09q90qw90lq917835lq9',
    'tooluse_kZJMlvQmRJ6eAyJE5GIl7Q',
    'chatcmpl-tool-2f1d8f1a4b6c4f0e9d1c2b3a4f5e6d7c',
    'call_0_3a5e4e0b-5a3f-4a8e-9a55-0a9fbb3a6a1d',
    'adk-3a5e4e0b-5a3f-4a8e-9a55-0a9fbb3a6a1d',
    'call_1f0e9d8c7b6a',
  ])('takes what is drawn at random for one call alone: %s', (id) => {
    expect(isTellingId(id)).toBe(true);
  });

  it.each([
    '',
    'call_0',
    'call_1',
    '0',
    'c1',
    'functions.get_weather:0',
    'functions.getWeatherForecast2:11',
    'get_current_weather_for_city',
    'call_000000000001',
    'call_20261128001717',
    'toolCallNumberTwelve12',
    'D681PevKs',
    'call_a1b2c3d4',
    'aaaaaaaa1a1a',
    '1'.repeat(40),
  ])('takes no counter, time, name, or short id for one: %s', (id) => {
    expect(isTellingId(id)).toBe(false);
  });

  it('takes nothing from the name of the tool that is called', () => {
    expect(isTellingId('oauth2Callback2Handler_1')).toBe(true);
    expect(isTellingId('oauth2Callback2Handler_1', 'oauth2Callback2Handler')).toBe(false);
  });

  it('reads no more than ID_MAX_CHARS', () => {
    const id = (chars: number) => `1f0e9d8c7b6a${'_'.repeat(chars - 12)}`;
    expect(isTellingId(id(ID_MAX_CHARS))).toBe(true);
    expect(isTellingId(id(ID_MAX_CHARS + 1))).toBe(false);
  });

  it('misses few of the random ones', () => {
    const all = Array.from({ length: 2_000 }, () => random(22));
    expect(all.filter((id) => isTellingId(`toolu_01${id}`)).length).toBeGreaterThan(1_800);
    const hex = Array.from({ length: 2_000 }, () => randomBytes(12).toString('hex'));
    expect(hex.filter((id) => isTellingId(`call_${id}`)).length).toBeGreaterThan(1_950);
  });
});
