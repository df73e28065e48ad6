import { Buffer } from 'node:buffer';
import { isFault } from '@sallyport/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { McpResult } from '../message/message.ts';
import { readMessage } from '../message/read-message.ts';
import { writeResult } from '../message/write-message.ts';
import { keepItems } from './keep-items.ts';

function resultOf(text: string): McpResult {
  const message = readMessage(Buffer.from(text), { maxDepth: 64, maxNodes: 100_000 });
  if (isFault(message) || message.kind !== 'result') throw new Error('no result');
  return message;
}

describe('keepItems()', () => {
  it('leaves out items and no byte of the others', () => {
    const message = resultOf(
      '{"jsonrpc":"2.0", "result":{"é":1,"tools": [ {"name" : "a"},\n{"name":"b","x":"\\u00fc"} , {"name":"c"} ],"nextCursor":"n"},"id":1}',
    );
    const kept = keepItems(message, 'tools', (name) => name !== 'b');
    expect(kept.text).toBe(
      '{"jsonrpc":"2.0", "result":{"é":1,"tools": [{"name" : "a"},{"name":"c"}],"nextCursor":"n"},"id":1}',
    );
    expect(keepItems(kept, 'tools', () => false).text).toContain('"tools": []');
    expect(keepItems(message, 'tools', () => true)).toBe(message);
    expect(keepItems(message, 'prompts', () => false)).toBe(message);
  });

  it('keeps what was asked for, whatever the list', () => {
    const names = fc.array(fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(names, fc.func(fc.boolean()), (list, keep) => {
        const message = writeResult(1, { tools: list.map((name) => ({ name })), after: 1 });
        const { result } = JSON.parse(keepItems(message, 'tools', keep).text);
        expect(result).toEqual({ tools: list.filter((name) => keep(name)).map((name) => ({ name })), after: 1 });
      }),
    );
  });

  it('knows resources and templates by their addresses', () => {
    const message = writeResult(1, {
      resources: [{ name: 'x', uri: 'a:b' }],
      resourceTemplates: [{ uriTemplate: 'c' }],
    });
    expect(JSON.parse(keepItems(message, 'resources', (uri) => uri === 'a:b').text)).toEqual(JSON.parse(message.text));
    expect(JSON.parse(keepItems(message, 'resources', (uri) => uri === 'x').text).result.resources).toEqual([]);
    expect(
      JSON.parse(keepItems(message, 'resourceTemplates', (uri) => uri !== 'c').text).result.resourceTemplates,
    ).toEqual([]);
  });

  it.each([
    ['a list in the place of an item', [['x']]],
    ['an item without a name', [{}]],
    ['a word', 'x'],
    ['an object', { name: 'x' }],
  ])('lets nothing pass that has no name: %s', (_what, tools) => {
    const kept = keepItems(writeResult(1, { tools }), 'tools', () => true);
    expect(JSON.parse(kept.text).result.tools).toEqual([]);
  });
});
