import type { Provider } from '@sallyport/core';
import type { ProviderConfig } from '../config/index.ts';
import { DemoProvider } from './demo-provider.ts';
import { HttpProvider } from './http-provider.ts';

/** Connections to one provider at a time; further calls wait for one. */
export const PROVIDER_CONNECTIONS_MAX = 1_024;

export interface ProviderParts {
  readonly maxAnswerBytes: number;
  /** Headers that carry a provider's key, in the form of its protocol. */
  readonly authorize: (key: string) => Readonly<Record<string, string>>;
}

export function openProvider(config: ProviderConfig, { maxAnswerBytes, authorize }: ProviderParts): Provider {
  if (config.kind === 'demo') return new DemoProvider(config.name);
  const { name: id, baseUrl, key, connectMs, headersMs, idleMs } = config;
  return new HttpProvider({
    id,
    baseUrl,
    authorization: key === undefined ? {} : authorize(key.reveal()),
    connectMs,
    headersMs,
    idleMs,
    maxConnections: PROVIDER_CONNECTIONS_MAX,
    maxAnswerBytes,
  });
}
