import { describe, expect, test } from 'vitest';
import { capturedTerminal } from './fixtures/captured-terminal.ts';
import { main } from './main.ts';

describe('main()', () => {
  test('help goes to standard output and ends with 0', async () => {
    const terminal = capturedTerminal();
    expect(await main(['--help'], terminal)).toBe(0);
    expect(terminal.printed).toContain('Usage: sallyport');
    expect(terminal.told).toBe('');
  });

  test.each([
    [['unknown']],
    [['scan', '--unknown']],
    [['scan', '--point', 'nowhere', 'x']],
    [['eval']],
    [['audit', 'list', '--limit', 'many']],
    [['eval', '--head', 'x', 'y']],
  ])('%j is wrong usage: 2, and nothing on standard output', async (args) => {
    const terminal = capturedTerminal();
    expect(await main(args, terminal)).toBe(2);
    expect(terminal.printed).toBe('');
    expect(terminal.told).not.toBe('');
  });

  test('a configuration that is not valid ends every command with 2 and one JSON document', async () => {
    for (const args of [['check'], ['scan', 'x'], ['keys', 'list'], ['audit', 'verify'], ['policy', 'list']]) {
      const terminal = capturedTerminal({ env: { SALLYPORT_PORT: 'x' } });
      expect(await main([...args, '--json'], terminal)).toBe(2);
      expect(JSON.parse(terminal.printed)).toEqual({
        ok: false,
        problems: [{ path: 'SALLYPORT_PORT', message: 'must be a port, 0 to 65535' }],
      });
      expect(terminal.told).toBe('SALLYPORT_PORT: must be a port, 0 to 65535\n');
    }
  });

  test('a folder without a log is said in one line', async () => {
    const terminal = capturedTerminal();
    expect(await main(['audit', 'verify', '--data', '/nonexistent/data'], terminal)).toBe(1);
    expect(terminal.told).toMatch(/^error: store cannot be read or written: .* \(STORE_BROKEN\)\n$/);
  });
});
