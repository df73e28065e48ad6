import { describe, expect, it } from 'vitest';
import { cpuSecondsIn, rssBytesIn } from './process-usage.mjs';

describe('the readers of /proc', () => {
  it('find CPU seconds behind a program name with spaces and parentheses', () => {
    expect(cpuSecondsIn('1 (no de) x) S 1 1 1 0 -1 4194304 1 0 0 0 150 50 0 0 20 0 11 0')).toBe(2);
  });

  it('find the resident set', () => {
    expect(rssBytesIn('Name:\tnode\nVmHWM:\t 200 kB\nVmRSS:\t   100 kB\n')).toBe(102_400);
  });
});
