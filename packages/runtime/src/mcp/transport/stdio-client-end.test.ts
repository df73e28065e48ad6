import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../testing/manual-clock.ts';
import { EndReader, MCP_JSON, mcp } from '../../testing/mcp-ends.ts';
import { StdioClientEnd } from './stdio-client-end.ts';

const ends: StdioClientEnd[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end.close();
});

function open(maxMessageBytes = 1_000) {
  const input = new PassThrough();
  const output = new PassThrough();
  const end = new StdioClientEnd({
    input,
    output,
    maxMessageBytes,
    maxPending: 2,
    json: MCP_JSON,
    clock: new ManualClock(),
  });
  ends.push(end);
  const written = () =>
    String(output.read() ?? '')
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return { end, input, written, reader: new EndReader(end) };
}

const line = (said: object) => `${JSON.stringify({ jsonrpc: '2.0', ...said })}\n`;

describe('StdioClientEnd', () => {
  test('reads messages however they are cut, and writes one a line', async () => {
    const { end, input, reader, written } = open();
    const text = line({ id: 1, method: 'ping' }) + line({ method: 'notifications/é' }).replace('é', 'e');
    input.write(text.slice(0, 20));
    input.write(text.slice(20));
    expect(await reader.said()).toEqual({ id: 1, method: 'ping' });
    expect(await reader.said()).toEqual({ method: 'notifications/e' });
    await end.send(mcp({ id: 1, result: { a: 1 } }));
    expect(written()).toEqual([{ jsonrpc: '2.0', id: 1, result: { a: 1 } }]);
  });

  test('answers a line that is no message, and reads on', async () => {
    const { input, reader, written } = open();
    input.write('garbage\n[]\n');
    input.write(line({ id: 1, method: 'ping' }));
    expect(await reader.said()).toEqual({ id: 1, method: 'ping' });
    const error = { code: -32_700, message: 'line is no message of MCP' };
    expect(written()).toEqual([
      { jsonrpc: '2.0', error },
      { jsonrpc: '2.0', error },
    ]);
  });

  test('ends at a line that is larger than the bound, and says so', async () => {
    const at = line({ id: 1, method: 'ping', params: { a: 'x'.repeat(40) } });
    const { input, reader, written } = open(at.length - 1);
    input.write(at);
    expect(await reader.said()).toMatchObject({ id: 1 });
    input.write(at.replace('xx', 'xxx'));
    expect(await reader.rest()).toEqual([{ kind: 'ended', reason: 'too-large' }]);
    expect(written()).toMatchObject([{ error: { message: 'message is larger than the limit' } }]);
  });

  test('refuses requests beyond the bound, and drops answers to nothing', async () => {
    const { input, reader, written } = open();
    for (const id of [1, 2, 3]) input.write(line({ id, method: 'ping' }));
    input.write(line({ id: 9, result: {} }));
    input.end();
    expect((await reader.rest()).map(({ kind }) => kind)).toEqual(['message', 'message', 'ended']);
    expect(written()).toMatchObject([{ id: 3, error: { code: -32_600 } }]);
  });

  test('ends when the client does, and loses what it was asked', async () => {
    const { end, input, reader } = open();
    await end.send(mcp({ id: 'q', method: 'roots/list' }));
    input.end();
    expect(await reader.rest()).toEqual([
      { kind: 'lost', id: 'q', reason: 'gone' },
      { kind: 'ended', reason: 'closed' },
    ]);
    await end.send(mcp({ id: 'r', method: 'roots/list' }));
  });
});
