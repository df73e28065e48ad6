import type { AccessQuestion, Destination, PolicyEngine, Principal, Provider } from '@sallyport/core';

export interface VisibleModelsParts {
  /** Model names that routes spell out. */
  readonly named: readonly string[];
  /** Providers of routes with patterns: only they know which models they have. */
  readonly providers: readonly Provider[];
  readonly destination: (model: string) => Destination | undefined;
  readonly engine: PolicyEngine;
}

/** Time for a provider to list its models; one that takes longer is left out, milliseconds. */
export const LIST_TIMEOUT_MS = 5_000;
/** Largest list that is read, bytes. */
const LIST_MAX_BYTES = 4_194_304;
const MODELS_MAX = 10_000;

/** The models that a principal may use: those that configuration names and those that its providers list, as far as policy permits. */
export async function listVisibleModels(
  principal: Principal,
  protocol: string,
  parts: VisibleModelsParts,
): Promise<readonly string[]> {
  const listed = await Promise.all(parts.providers.map(listOf));
  const all = [...new Set([...parts.named, ...listed.flat()])].slice(0, MODELS_MAX);
  return all.filter((model) => {
    const destination = parts.destination(model);
    if (destination === undefined) return false;
    const { route, provider, groups } = destination;
    const question: AccessQuestion = {
      principal,
      action: 'list-models',
      resource: { kind: 'model', id: model, provider: provider.id, groups },
      context: { route, protocol },
    };
    return parts.engine.access(question).verdict === 'allow';
  });
}

/** Only the ids are taken from a provider's list: nothing else of it reaches a client. */
async function listOf(provider: Provider): Promise<readonly string[]> {
  try {
    const signal = AbortSignal.timeout(LIST_TIMEOUT_MS);
    const { status, body } = await provider.send({ method: 'GET', path: '/models', headers: {}, signal });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > LIST_MAX_BYTES) return [];
      chunks.push(chunk);
    }
    return status === 200 ? idsOf(JSON.parse(Buffer.concat(chunks).toString('utf8'))) : [];
  } catch {
    // A provider that cannot list its models still answers for them.
    return [];
  }
}

function idsOf(list: unknown): readonly string[] {
  if (typeof list !== 'object' || list === null || !('data' in list) || !Array.isArray(list.data)) return [];
  return list.data.flatMap((entry: unknown) => {
    const id = typeof entry === 'object' && entry !== null && 'id' in entry ? entry.id : undefined;
    return typeof id === 'string' && /^[!-~]{1,200}$/.test(id) ? [id] : [];
  });
}
