import type { Fault, ProtocolAdapter, SliceContent } from '@sallyport/core';
import { isBase64, type JsonMember, type JsonNode, TextCollector } from '@sallyport/wire';
import { Fields } from '../fields.ts';
import { plainAdapter } from '../openai/plain-adapter.ts';
import { readPlainRest, readTexts, typedParts } from '../openai/plain-request.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
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
    pieces: [{ name: 'input', kind: 'message', whole: true, undivided: true, skipVectors: 'all', read: readInput }],
    readRest: readPlainRest(fields),
  },
  answer: {
    skipVectors: 'all',
    textsOf: (name, value) => (name === 'data' ? withoutVectors(value) : value),
  },
});

/** The list without the vectors that stand in it as base64: nobody reads one, and an edit would break it. */
function withoutVectors(list: JsonNode): JsonNode {
  if (list.kind !== 'array') return list;
  const items = list.items.map((item) =>
    item.kind === 'object' ? { ...item, members: item.members.filter((member) => !isEncodedVector(member)) } : item,
  );
  return { ...list, items };
}

function isEncodedVector({ key, value }: JsonMember): boolean {
  return key.value === 'embedding' && value.kind === 'string' && isBase64(value.value);
}

function readInput({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  const out = new TextCollector({ ...parsed, point: 'ingest', role: 'user' });
  return readTexts(node, form, out) ?? out.content();
}
