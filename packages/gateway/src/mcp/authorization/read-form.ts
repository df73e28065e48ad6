import type { IncomingMessage } from 'node:http';
import { type Fault, isFault } from '@sallyport/core';
import { readBody } from '../../http/read-body.ts';

/** Size of a form, bytes: a token fits in. */
export const FORM_MAX_BYTES = 32_768;
const TYPE = 'application/x-www-form-urlencoded';

/** The fields of a form, each of them there once. */
export async function readForm(
  request: IncomingMessage,
  bodyTimeoutMs: number,
): Promise<ReadonlyMap<string, string> | Fault> {
  const [type = ''] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  if (type.trim() !== TYPE) return { fault: 'CONTENT_TYPE' };
  const body = await readBody(request, { maxBodyBytes: FORM_MAX_BYTES, bodyTimeoutMs, anyType: true });
  if (isFault(body)) return body;
  const fields = [...new URLSearchParams(Buffer.from(body).toString('utf8'))];
  const form = new Map(fields);
  return form.size === fields.length ? form : { fault: 'BODY_SHAPE' };
}
