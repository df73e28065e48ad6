import type { Reply } from '@sallyport/core';
import { jsonReply } from '../json-reply.ts';

/** When a model was made is not known here; the provider's own stand-in for that (SDK 1.14.0, `ModelInfo`). */
const CREATED = '1970-01-01T00:00:00Z';

export function modelList(ids: readonly string[]): Reply {
  const [first = null, last = null] = [ids[0], ids.at(-1)];
  return jsonReply(200, { data: ids.map(modelObject), has_more: false, first_id: first, last_id: last });
}

export function modelReply(id: string): Reply {
  return jsonReply(200, modelObject(id));
}

function modelObject(id: string): Readonly<Record<string, string | null>> {
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: CREATED,
    capabilities: null,
    max_input_tokens: null,
    max_tokens: null,
  };
}
