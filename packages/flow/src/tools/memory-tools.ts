import type { MemoryPlace, MemoryUse, ToolDefinition } from '@sallyport/core';
import table from './memory-words.json' with { type: 'json' };
import { wordsOfName } from './sink-role.ts';
import type { ToolOverride } from './tool-overrides.ts';

/** The memory of tools that nobody gave a name of one: what is written by any may be read by any. */
const SHARED = 'shared';
const NOUNS: ReadonlySet<string> = new Set(table.nouns);
const WRITES: ReadonlySet<string> = new Set(table.writes);
const READS: ReadonlySet<string> = new Set(table.reads);
const ARGUMENTS: ReadonlySet<string> = new Set(table.arguments);
const SAID = new RegExp(`\\b(?:${table.descriptions.join('|')})\\b`, 'i');
const DESCRIPTION_CHARS = 2_000;

/** What a tool does with which memory. */
export interface MemoryOfTool extends MemoryPlace {
  readonly use: Exclude<MemoryUse, 'none'>;
}

interface Known {
  readonly effect: 'read' | 'write';
  readonly override: ToolOverride | undefined;
  /** Of its arguments. */
  readonly names: readonly string[];
  /** It belongs to a memory, whatever it says. */
  readonly isMemory: boolean;
}

/**
 * What a tool does with which memory, from its name (that of its server in front of it too), its description and its arguments. An override
 * knows better. Taken for a memory in error, a tool's results are only trusted less.
 */
export function memoryOf(definition: ToolDefinition, { effect, override, ...known }: Known): MemoryOfTool | undefined {
  const use = override?.memory ?? guessed(definition, { effect, ...known });
  if (use === 'none') return undefined;
  return { name: override?.memoryName ?? SHARED, scope: override?.memoryScope ?? 'tenant', use };
}

function guessed(
  { name, description = '' }: ToolDefinition,
  { effect, names, isMemory }: Omit<Known, 'override'>,
): NonNullable<ToolOverride['memory']> {
  const words = wordsOfName(name);
  // One tool for all: which of both a call is stands in its arguments.
  if (words.length === 1 && NOUNS.has(words[0] ?? '')) return 'both';
  if (words.some((word) => WRITES.has(word))) return 'write';
  if (words.some((word) => READS.has(word))) return 'read';
  const isOne =
    isMemory ||
    words.some((word) => NOUNS.has(word)) ||
    names.some((argument) => ARGUMENTS.has(wordsOfName(argument).join('_'))) ||
    SAID.test(description.slice(0, DESCRIPTION_CHARS));
  return isOne ? effect : 'none';
}
