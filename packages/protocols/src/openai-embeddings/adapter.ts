import type { Fault, ProtocolAdapter, SliceContent } from '@sallyport/core';
import type { JsonMember } from '@sallyport/wire';
import { Fields } from '../fields.ts';
import { isBase64 } from '../media.ts';
import { plainAdapter } from '../openai/plain-adapter.ts';
import { withoutMembers } from '../openai/plain-answer.ts';
import { readPlainRest, readTexts, typedParts } from '../openai/plain-request.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import { TextCollector } from '../request/text-collector.ts';
import lists from './fields.json' with { type: 'json' };

const fields = new Fields(lists);
const form = { field: 'input', readPart: typedParts(fields) };

/** OpenAI Embeddings: what is about to be indexed, so that its texts pass the `ingest` checkpoint. */
export const openaiEmbeddings: ProtocolAdapter = plainAdapter({
  id: 'openai-embeddings',
  path: '/embeddings',
  rules: {
    fields,
    needs: 'input',
    pieces: [{ name: 'input', kind: 'message', whole: true, undivided: true, skipVectors: true, read: readInput }],
    readRest: readPlainRest(fields),
  },
  answer: {
    skipVectors: true,
    textsOf: (name, value) => (name === 'data' ? withoutMembers(value, isEncodedVector) : value),
  },
});

/** A vector in base64: nobody reads it, and an edit would break it. */
function isEncodedVector({ key, value }: JsonMember): boolean {
  return key.value === 'embedding' && value.kind === 'string' && isBase64(value.value);
}

function readInput({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  const out = new TextCollector({ ...parsed, point: 'ingest', role: 'user' });
  return readTexts(node, form, out) ?? out.content();
}
