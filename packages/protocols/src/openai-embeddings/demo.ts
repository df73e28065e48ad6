import { createHash } from 'node:crypto';
import { billedTokens, fieldsOf, jsonOf } from '../demo-fields.ts';
import type { DemoVoice } from '../demo-voice.ts';
import { openaiDemoError } from '../openai/demo-error.ts';

/** Numbers of the demo's vectors, unless the request asks for others. */
const DIMENSIONS = 8;
const DIMENSIONS_MAX = 3_072;

/** Embeddings as the demo speaks them: a vector that is made of the text's digest, the same each time. */
export const openaiEmbeddingsDemo: DemoVoice = {
  id: 'openai-embeddings',
  read({ path, body }) {
    if (!path.startsWith('/embeddings') && !/^\/deployments\/[^/]+\/embeddings\b/.test(path)) return undefined;
    const request = fieldsOf(jsonOf(body));
    const inputs = Array.isArray(request.input) ? request.input : [request.input];
    const texts = inputs.map((input) => (typeof input === 'string' ? input : JSON.stringify(input ?? '')));
    const asked = typeof request.dimensions === 'number' ? Math.trunc(request.dimensions) : DIMENSIONS;
    const dimensions = Math.min(Math.max(asked, 1), DIMENSIONS_MAX);
    const tokens = texts.reduce((sum, text) => sum + billedTokens(text.length), 0);
    return {
      ask: { script: undefined, lastText: texts.at(-1) ?? '', forcedTool: undefined, schema: undefined },
      contentType: 'application/json',
      *render() {
        const data = texts.map((text, index) => ({
          object: 'embedding',
          index,
          embedding: encoded(vectorOf(text, dimensions), request.encoding_format === 'base64'),
        }));
        const model = typeof request.model === 'string' ? request.model : 'demo';
        const usage = { prompt_tokens: tokens, total_tokens: tokens };
        yield Buffer.from(JSON.stringify({ object: 'list', data, model, usage }));
      },
    };
  },
  error: openaiDemoError,
  models: () => undefined,
};

function vectorOf(text: string, dimensions: number): Float32Array {
  const digest = createHash('sha256').update(text).digest();
  return Float32Array.from({ length: dimensions }, (_, at) => ((digest[at % digest.length] ?? 0) - 127.5) / 128);
}

function encoded(vector: Float32Array, base64: boolean): string | readonly number[] {
  return base64 ? Buffer.from(vector.buffer).toString('base64') : [...vector];
}
