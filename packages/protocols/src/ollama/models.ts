import type { Reply } from '@sallyport/core';
import { jsonReply } from '../json-reply.ts';

/** When a model was changed, how large it is and what it consists of is not known here. */
const UNKNOWN = {
  modified_at: '1970-01-01T00:00:00Z',
  size: 0,
  digest: '',
  details: { parent_model: '', format: '', family: '', families: [], parameter_size: '', quantization_level: '' },
} as const;

export function modelList(ids: readonly string[]): Reply {
  return jsonReply(200, { models: ids.map(modelObject) });
}

export function modelReply(id: string): Reply {
  return jsonReply(200, modelObject(id));
}

function modelObject(id: string): object {
  return { name: id, model: id, ...UNKNOWN };
}
