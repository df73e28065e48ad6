import type { Reply } from '@sallyport/core';
import { jsonReply } from '../json-reply.ts';

/** What every model of a route can be asked for; how many tokens it takes is not known here. */
const METHODS = ['generateContent', 'countTokens', 'embedContent'] as const;

export function modelList(ids: readonly string[]): Reply {
  return jsonReply(200, { models: ids.map(modelObject) });
}

export function modelReply(id: string): Reply {
  return jsonReply(200, modelObject(id));
}

function modelObject(id: string): object {
  return { name: `models/${id}`, displayName: id, supportedGenerationMethods: METHODS };
}
