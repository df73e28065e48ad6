import type { Fault, ProtocolAdapter, SliceContent, Unseen } from '@sallyport/core';
import { stringOf } from '@sallyport/wire';
import { Fields } from '../fields.ts';
import { plainAdapter } from '../openai/plain-adapter.ts';
import { readPlainRest, readTexts } from '../openai/plain-request.ts';
import { moderationSignals } from '../openai/signals.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import { MemberTexts } from '../request/member-texts.ts';
import { TextCollector } from '../request/text-collector.ts';
import lists from './fields.json' with { type: 'json' };

const fields = new Fields(lists);
const members = new MemberTexts(fields);
const PARTS: ReadonlyMap<string, Unseen['kind'] | 'text'> = new Map([
  ['text', 'text'],
  ['image_url', 'image'],
]);
const NO_PAYLOADS: ReadonlySet<string> = new Set();

/** OpenAI Moderations: what the provider says of the input is heard like the words of its other guardrails. */
export const openaiModerations: ProtocolAdapter = plainAdapter({
  id: 'openai-moderations',
  path: '/moderations',
  rules: {
    fields,
    needs: 'input',
    modelOptional: true,
    pieces: [{ name: 'input', kind: 'message', whole: true, undivided: true, read: readInput }],
    readRest: readPlainRest(fields),
  },
  signalsOf: (name, value) => (name === 'results' ? moderationSignals(value, 'input') : []),
  skipVectors: false,
});

function readInput({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
  const parts = node.kind === 'array' && node.items.length > 0 && node.items.every(({ kind }) => kind === 'object');
  if (!parts) return readTexts(node, 'input', out) ?? out.content();
  for (const [index, part] of node.items.entries()) {
    if (part.kind !== 'object') continue;
    const kind = PARTS.get(stringOf(part, 'type') ?? '') ?? 'unknown';
    members.addPart(part, { path: `/input/${index}`, kind, payloads: NO_PAYLOADS }, out);
  }
  return out.content();
}
