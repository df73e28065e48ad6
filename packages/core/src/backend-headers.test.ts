import { describe, expect, it } from 'vitest';
import { backendOf } from './backend-headers.ts';
import { NO_NAME } from './recorded-name.ts';

describe('backendOf()', () => {
  it('says what stays the same from answer to answer, and nothing else', () => {
    const headers = { 'x-ms-region': 'West-Europe', server: 'uvicorn', 'x-request-id': 'req_1', date: 'today' };
    expect(backendOf(headers)).toEqual(['server:uvicorn', 'x-ms-region:West-Europe']);
    expect(backendOf({ 'content-type': 'text/plain' })).toEqual([]);
  });

  it('takes no text for a name, however long it is, and nothing that is said twice', () => {
    expect(backendOf({ server: 'call me, or else' })).toEqual([NO_NAME]);
    expect(backendOf({ server: 'x'.repeat(300) })).toEqual([NO_NAME]);
    expect(backendOf({ server: ['a', 'b'] })).toEqual([]);
  });
});
