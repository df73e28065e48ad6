import { recordedName, SallyportError } from '@sallyport/core';
import type { ModelListForm } from './vendors.ts';

/** Largest list that is read, bytes. */
export const MODEL_LIST_MAX_BYTES = 4_194_304;
/** Models that are taken from one list; further ones are left out. */
export const MODEL_LIST_MAX = 10_000;

/** What may stand in a model's name: the same as in a route's patterns. */
const MODEL_ID = /^[!-~]{1,200}$/;

/**
 * Reads the ids from a provider's list of models; entries of another shape are passed over.
 * @throws {SallyportError} `UPSTREAM_TOO_LARGE`, `UPSTREAM_GARBAGE`; what the body's iterator throws
 */
export async function readModelList(
  body: AsyncIterable<Uint8Array>,
  form: Pick<ModelListForm, 'list' | 'id' | 'idPrefix'>,
): Promise<readonly string[]> {
  return entriesOf(await parsedBody(body), form)
    .slice(0, MODEL_LIST_MAX)
    .map(({ id }) => id);
}

/**
 * Reads what tells the files of each model from others; models of which the list does not say it, or says no name, are passed over.
 * @throws {SallyportError} as `readModelList()`
 */
export async function readModelDigests(
  body: AsyncIterable<Uint8Array>,
  { digest = [], ...form }: Pick<ModelListForm, 'list' | 'id' | 'idPrefix' | 'digest'>,
): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const { id, entry } of entriesOf(await parsedBody(body), form).slice(0, MODEL_LIST_MAX)) {
    const parts = digest.map((name) => fieldOf(entry, name)).filter((part) => part !== undefined && part !== null);
    const text = parts.join(':');
    if (recordedName(text) === text) digests.set(id, text);
  }
  return digests;
}

async function parsedBody(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MODEL_LIST_MAX_BYTES) throw new SallyportError('UPSTREAM_TOO_LARGE', { detail: 'its list of models' });
    chunks.push(chunk);
  }
  return parsed(Buffer.concat(chunks));
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new SallyportError('UPSTREAM_GARBAGE', { detail: 'its list of models is not JSON', cause });
  }
}

function entriesOf(
  value: unknown,
  { list, id, idPrefix = '' }: Pick<ModelListForm, 'list' | 'id' | 'idPrefix'>,
): readonly { readonly id: string; readonly entry: unknown }[] {
  const entries = list === undefined ? value : fieldOf(value, list);
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) => {
    const name = fieldOf(entry, id);
    if (typeof name !== 'string') return [];
    const own = name.startsWith(idPrefix) ? name.slice(idPrefix.length) : name;
    return MODEL_ID.test(own) ? [{ id: own, entry }] : [];
  });
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
