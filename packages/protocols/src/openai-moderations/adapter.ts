import type { Fault, ProtocolAdapter, SliceContent } from '@sallyport/core';
import { TextCollector } from '@sallyport/wire';
import { Fields } from '../fields.ts';
import { plainAdapter } from '../openai/plain-adapter.ts';
import { readPlainRest, readTexts, typedParts } from '../openai/plain-request.ts';
import { moderationSignals } from '../openai/signals.ts';
import { withoutInputTypes } from '../openai/without-input-types.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import lists from './fields.json' with { type: 'json' };

const fields = new Fields(lists);
const form = { field: 'input', readPart: typedParts(fields) };

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
    signalsOf: (name, value) => (name === 'results' ? moderationSignals(value, 'input') : []),
    textsOf: (name, value) => (name === 'results' ? withoutInputTypes(value) : value),
  },
});

function readInput({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  const out = new TextCollector({ ...parsed, point: 'input', role: 'user' });
  return readTexts(node, form, out) ?? out.content();
}
