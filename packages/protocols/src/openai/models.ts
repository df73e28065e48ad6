import type { Reply } from '@sallyport/core';
import { jsonReply } from '../json-reply.ts';

/** When a model was made is not known here. */
const CREATED = 0;

export function modelList(ids: readonly string[]): Reply {
  return jsonReply(200, { object: 'list', data: ids.map(modelObject) });
}

export function modelReply(id: string): Reply {
  return jsonReply(200, modelObject(id));
}

function modelObject(id: string): Readonly<Record<string, string | number>> {
  return { id, object: 'model', created: CREATED, owned_by: 'sallyport' };
}
