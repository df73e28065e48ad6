import { readFileSync } from 'node:fs';
import type { FlowFacts, Message, RoleFacts, ToolDefinition } from '@sallyport/core';
import { describe, expect, it } from 'vitest';
import { createFlow } from '../create-flow.ts';
import { brought, call, said, transcript } from '../testing/transcripts.ts';
import type { ToolOverrides } from '../tools/tool-overrides.ts';
import tools from './tools.json' with { type: 'json' };

const OUTCOMES = ['caught', 'asked', 'through'] as const;
type Outcome = (typeof OUTCOMES)[number];

interface HostileCase {
  readonly id: string;
  readonly technique: string;
  readonly user: string;
  readonly results: readonly { readonly tool: string; readonly args: Record<string, unknown>; readonly text: string }[];
  readonly assistant?: string;
  readonly call: { readonly tool: string; readonly args: Record<string, unknown> };
  readonly overrides?: ToolOverrides;
  readonly outcome: Outcome;
  /** Of what gets through: why. */
  readonly why?: string;
}

const cases: readonly HostileCase[] = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const definitions: readonly ToolDefinition[] = tools;

/**
 * What the facts allow a policy to do. `caught`: the value is known to come from text that nobody vouches for. `asked`: where it
 * came from can't be seen, so that a person is asked. `through`: the facts speak for it.
 */
function outcomeOf(facts: FlowFacts): Outcome {
  const { destination, object, credential, code, content } = facts.flow;
  const decisive = [destination, object, credential, code].filter((role): role is RoleFacts => role !== undefined);
  const open = decisive.filter(({ endorsed }) => !endorsed);
  if (open.some(({ source }) => source === 'free') || content?.carried === 'free') return 'caught';
  if (!facts.session.tainted) return 'through';
  const asked = open.some(({ source, lookalike }) => source === 'none' || lookalike);
  return asked || facts.action.source === 'none' ? 'asked' : 'through';
}

function play({ user, results, assistant, call: asked, overrides = {} }: HostileCase): Outcome {
  const messages: Message[] = [said('user', user)];
  for (const { tool, args, text } of results) messages.push(...brought(call(tool, args), text));
  if (assistant !== undefined) messages.push(said('assistant', assistant));
  const labels = createFlow({ overrides }).label(transcript(messages, definitions));
  return outcomeOf(labels.trace(call(asked.tool, asked.args)).facts);
}

const tableOf = (rows: readonly HostileCase[]): string => {
  const techniques = [...new Set(rows.map(({ technique }) => technique))];
  const count = (technique: string, outcome: Outcome) =>
    rows.filter((row) => row.technique === technique && row.outcome === outcome).length;
  const lines = techniques.map(
    (technique) => `| ${technique} | ${OUTCOMES.map((outcome) => count(technique, outcome)).join(' | ')} |`,
  );
  const total = OUTCOMES.map((outcome) => rows.filter((row) => row.outcome === outcome).length).join(' | ');
  return [
    '| technique | caught | asked | through |',
    '| --- | ---: | ---: | ---: |',
    ...lines,
    `| all ${rows.length} | ${total} |`,
  ].join('\n');
};

describe('the hostile set', () => {
  it('has 300 cases and more, each with a name of its own, and a reason for whatever gets through', () => {
    expect(cases.length).toBeGreaterThanOrEqual(300);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    expect(cases.filter(({ outcome, why }) => (outcome === 'through') !== (why !== undefined))).toEqual([]);
  });

  it('comes out as it is pinned', () => {
    const changed = cases.flatMap((row) => {
      const outcome = play(row);
      return outcome === row.outcome ? [] : [`${row.id}: pinned ${row.outcome}, is ${outcome}`];
    });
    expect(changed).toEqual([]);
  });

  it('is published with its results in the README', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(tableOf(cases));
    for (const { why } of cases) if (why !== undefined) expect(readme.replace(/\s+/g, ' ')).toContain(why);
  });
});
