import type { Fault, ProtocolAdapter, SliceContent } from '@sallyport/core';
import { Fields } from '../fields.ts';
import { plainAdapter } from '../openai/plain-adapter.ts';
import { readPlainRest, readTexts } from '../openai/plain-request.ts';
import type { ParsedSlice } from '../request/cut-request.ts';
import { TextCollector } from '../request/text-collector.ts';
import lists from './fields.json' with { type: 'json' };

const fields = new Fields(lists);

/** OpenAI Embeddings: what is about to be indexed, so that its texts pass the `ingest` checkpoint. */
export const openaiEmbeddings: ProtocolAdapter = plainAdapter({
  id: 'openai-embeddings',
  path: '/embeddings',
  rules: {
    fields,
    needs: 'input',
    pieces: [{ name: 'input', kind: 'message', whole: true, undivided: true, read: readInput }],
    readRest: readPlainRest(fields),
  },
  signalsOf: () => [],
  skipVectors: true,
});

function readInput({ node, ...parsed }: ParsedSlice): SliceContent | Fault {
  const out = new TextCollector({ ...parsed, point: 'ingest', role: 'user' });
  return readTexts(node, 'input', out) ?? out.content();
}
