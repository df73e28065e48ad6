import { describe, expect, test } from 'vitest';
import { capturedTerminal } from './fixtures/captured-terminal.ts';
import { Progress } from './progress.ts';

describe('Progress', () => {
  test('draws at most ten times a second and takes itself away', () => {
    const terminal = capturedTerminal({ watched: true });
    let nowMs = 0;
    const progress = new Progress(terminal, 'scan', { total: 4, nowMs: () => nowMs });
    progress.add(1);
    progress.add(1);
    nowMs = 100;
    progress.add(1);
    progress.clear();
    progress.clear();
    expect(terminal.told.split('\r').slice(1)).toEqual([
      'scan [########----------------------] 25%\u001b[K',
      'scan [#######################-------] 75%\u001b[K',
      '\u001b[K',
    ]);
  });

  test('is silent where nobody watches', () => {
    const terminal = capturedTerminal();
    const progress = new Progress(terminal, 'scan', { total: 1 });
    progress.add(1);
    progress.clear();
    expect(terminal.told).toBe('');
  });
});
