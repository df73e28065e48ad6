import type { ProviderAnswer } from './provider.ts';
import { recordedName } from './recorded-name.ts';

/** Headers of an answer that say which software and which place it comes from, and stay the same from answer to answer. */
const BACKEND_HEADERS = ['server', 'openai-version', 'azureml-model-session', 'x-ms-region', 'x-groq-region'] as const;

/** What an answer's headers say of what served it, as `server:uvicorn`; nothing else of them. Cost: below a microsecond. */
export function backendOf(headers: ProviderAnswer['headers']): readonly string[] {
  let found: string[] | undefined;
  for (const name of BACKEND_HEADERS) {
    const value = headers[name];
    if (typeof value !== 'string') continue;
    found ??= [];
    found.push(recordedName(`${name}:${value}`));
  }
  return found ?? NONE;
}

const NONE: readonly string[] = [];
