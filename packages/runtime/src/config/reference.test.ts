import { describe, expect, test } from 'vitest';
import { configJsonSchema, type SchemaNode } from './issues.ts';
import { configReference } from './reference.ts';

describe('configReference()', () => {
  test('is what docs/reference/configuration.md says', async () => {
    await expect(configReference()).toMatchFileSnapshot('../../../../docs/reference/configuration.md');
  });

  test('every option says what it does', () => {
    const silent: string[] = [];
    const walk = (node: SchemaNode, path: string): void => {
      for (const [key, child] of Object.entries(node.properties ?? {})) {
        if (child.description === undefined) silent.push(`${path}.${key}`);
        walk(child, `${path}.${key}`);
      }
      const below = [node.items, node.additionalProperties, ...(node.oneOf ?? []), ...(node.anyOf ?? [])];
      for (const child of below) if (typeof child === 'object') walk(child, `${path}[]`);
    };
    walk(configJsonSchema(), '');
    expect(silent).toEqual([]);
  });
});
