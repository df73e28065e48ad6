import type { Provider } from '@sallyport/core';
import type { ProviderConfig, SigningConfig } from '../config/index.ts';
import { authorizeWith } from './authorize.ts';
import { DemoProvider } from './demo-provider.ts';
import { HttpProvider } from './http-provider.ts';
import type { SigningKeys } from './sign-request.ts';
import { VENDORS } from './vendors.ts';

/**
 * Connections to one provider at a time: as many as `limits.maxConnections` can let clients have. With fewer, a call would
 * wait behind streams that say nothing.
 */
export const PROVIDER_CONNECTIONS_MAX = 100_000;

/** @param maxAnswerBytes of one answer, decoded */
export function openProvider(config: ProviderConfig, maxAnswerBytes: number): Provider {
  if (config.kind === 'demo') return new DemoProvider(config.name, config.script);
  const { name: id, kind, baseUrl, key, signing, connectMs, headersMs, idleMs } = config;
  const { protocols, auth, models } = VENDORS[kind];
  return new HttpProvider({
    id,
    kind,
    baseUrl,
    protocols,
    authorize: authorizeWith(auth, { key: key?.reveal(), signing: signing && revealed(signing) }),
    models,
    connectMs,
    headersMs,
    idleMs,
    maxConnections: PROVIDER_CONNECTIONS_MAX,
    maxAnswerBytes,
  });
}

function revealed({ region, accessKeyId, secretAccessKey, sessionToken }: SigningConfig): SigningKeys {
  return {
    region,
    accessKeyId: accessKeyId.reveal(),
    secretAccessKey: secretAccessKey.reveal(),
    ...(sessionToken !== undefined && { sessionToken: sessionToken.reveal() }),
  };
}
