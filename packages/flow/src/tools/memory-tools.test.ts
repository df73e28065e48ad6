import type { ToolDefinition } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { profileOf } from './tool-profile.ts';

const of = (definition: ToolDefinition, overrides = {}, isMemory = false) =>
  profileOf(definition, { overrides, isMemory }).memory;
const properties = (...names: string[]) => ({ properties: Object.fromEntries(names.map((name) => [name, {}])) });

describe('memoryOf()', () => {
  it.each<[ToolDefinition, string | undefined]>([
    [{ name: 'create_entities', parameters: properties('entities') }, 'write'],
    [{ name: 'read_graph' }, 'read'],
    [{ name: 'search_nodes', description: 'Search for nodes in the knowledge graph.' }, 'read'],
    [{ name: 'mcp__memory__write_file' }, 'write'],
    [{ name: 'memory' }, 'both'],
    [{ name: 'remember' }, 'write'],
    [{ name: 'recall' }, 'read'],
    [{ name: 'save', parameters: properties('memoryContent') }, 'write'],
    [{ name: 'put', description: 'Keeps a text for later sessions.' }, 'write'],
    [{ name: 'send_money', description: 'Sends money.' }, undefined],
    [{ name: 'read_file', parameters: properties('path') }, undefined],
  ])('says of %j: %s', (definition, use) => {
    expect(of(definition)?.use).toBe(use);
  });

  it('takes all tools of a server that is one for a memory’s', () => {
    expect([of({ name: 'write_file' }, {}, true)?.use, of({ name: 'read_file' }, {}, true)?.use]).toEqual([
      'write',
      'read',
    ]);
    expect(of({ name: 'write_file' }, { write_file: { memory: 'none' } }, true)).toBeUndefined();
  });

  it('lets an operator know better, and name a memory and whose it is', () => {
    expect(of({ name: 'remember' }, { remember: { memory: 'none' } })).toBeUndefined();
    const override = { memory: 'both', memoryName: 'crm', memoryScope: 'owner' };
    expect(of({ name: 'crm_sync' }, { crm_sync: override })).toEqual({ name: 'crm', scope: 'owner', use: 'both' });
  });
});
