import { describe, expect, it } from 'vitest';
import { closingLine, tally } from './tally.mjs';

const passed = { status: 'passed' };
const failed = { status: 'failed' };

describe('tally()', () => {
  it('counts each test once', () => {
    const file = {
      status: 'failed',
      assertionResults: [passed, failed, passed, { status: 'pending' }, { status: 'todo' }],
    };
    expect(tally({ success: false, testResults: [file] })).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });

  it('counts a file that failed before its tests ran as a failure', () => {
    const broken = { status: 'failed', assertionResults: [] };
    const fine = { status: 'passed', assertionResults: [passed] };
    expect(tally({ success: false, testResults: [broken, fine] })).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it('counts an error outside every test as a failure', () => {
    const fine = { status: 'passed', assertionResults: [passed] };
    expect(tally({ success: false, testResults: [fine] })).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });
});

describe('closingLine()', () => {
  it('names skipped tests only when there are some', () => {
    expect(closingLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
    expect(closingLine({ passed: 1, failed: 2, skipped: 3 })).toBe('1 passed, 2 failed, 3 skipped');
  });
});
