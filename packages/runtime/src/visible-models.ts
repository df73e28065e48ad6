import {
  type AccessDirectory,
  type AccessQuestion,
  completed,
  type House,
  isFault,
  type PolicyEngine,
  type Principal,
  type Provider,
} from '@sallyport/core';

export interface VisibleModelsParts {
  /** Model names that routes spell out. */
  readonly named: readonly string[];
  /** Providers of routes with patterns: only they know which models they have. */
  readonly providers: readonly Provider[];
  readonly destination: House['destination'];
  readonly engine: PolicyEngine;
  readonly directory: AccessDirectory;
}

/** Time for a provider to list its models; one that takes longer is left out, milliseconds. */
export const LIST_TIMEOUT_MS = 5_000;
const MODELS_MAX = 10_000;

/**
 * The models that a principal may use in a protocol: those that configuration names and those that its providers list, as
 * far as policy permits.
 */
export async function listVisibleModels(
  principal: Principal,
  protocol: string,
  parts: VisibleModelsParts,
): Promise<readonly string[]> {
  const speaking = parts.providers.filter(({ protocols }) => protocols.has(protocol));
  const listed = await Promise.all(speaking.map(listOf));
  const all = [...new Set([...parts.named, ...listed.flat()])].slice(0, MODELS_MAX);
  return all.filter((model) => {
    const destination = parts.destination({ model, protocol });
    if (isFault(destination)) return false;
    const { route, upstreams } = destination;
    return upstreams.speaking(protocol).some((provider) => {
      const question: AccessQuestion = {
        principal,
        action: 'list-models',
        resource: parts.directory.model(model, provider),
        context: { route, protocol },
      };
      return parts.engine.access(completed(question, parts.directory)).verdict === 'allow';
    });
  });
}

async function listOf(provider: Provider): Promise<readonly string[]> {
  try {
    return await provider.listModels(AbortSignal.timeout(LIST_TIMEOUT_MS));
  } catch {
    // A provider that cannot list its models still answers for them.
    return [];
  }
}
