import type { Fault, ProtocolAdapter, SliceContent } from '@sallyport/core';
import type { JsonMember } from '@sallyport/wire';
import { Fields, isPlainName } from '../fields.ts';
import { plainAdapter } from '../openai/plain-adapter.ts';
import { withoutMembers } from '../openai/plain-answer.ts';
import { readPlainRest, readTexts, typedParts } from '../openai/plain-request.ts';
import { moderationSignals } from '../openai/signals.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import { TextCollector } from '../request/text-collector.ts';
import lists from './fields.json' with { type: 'json' };

const fields = new Fields(lists);
const form = { field: 'input', readPart: typedParts(fields) };
/** What a category was judged by. */
const INPUT_TYPES: ReadonlySet<string> = new Set(['text', 'image']);

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
  answer: {
    skipVectors: false,
    signalsOf: (name, value) => (name === 'results' ? moderationSignals(value, 'input') : []),
    textsOf: (name, value) => (name === 'results' ? withoutMembers(value, isInputTypes) : value),
  },
});

function readInput({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
  return readTexts(node, form, out) ?? out.content();
}

/** By which kinds of input each category was judged: words of the form, hundreds of them where many texts are judged. */
function isInputTypes({ key, value: types }: JsonMember): boolean {
  if (key.value !== 'category_applied_input_types' || types.kind !== 'object') return false;
  return types.members.every(
    ({ key: category, value: list }) =>
      isPlainName(category.value) &&
      list.kind === 'array' &&
      list.items.every((item) => item.kind === 'string' && INPUT_TYPES.has(item.value)),
  );
}
