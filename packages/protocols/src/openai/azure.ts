import type { Endpoint, ProtocolAdapter, RequestHead } from '@sallyport/core';

const DEPLOYMENT = /^\/openai\/deployments\/([^/]{1,768})(\/[a-z/]{1,64})$/;
const QUERY = /^\?api-version=[\w.-]{1,32}$/;
const DEPLOYMENT_NAME = /^[\w.:-]{1,256}$/;

/**
 * A protocol of OpenAI at Azure's older paths: `/openai/deployments/<deployment>/chat/completions?api-version=<version>`. The
 * deployment is the model; a `model` in the body says nothing there. A provider takes either these paths or OpenAI's own, so
 * they are a protocol of their own.
 * @param path of its operation behind the deployment, such as `/chat/completions`
 */
export function azureOf(adapter: ProtocolAdapter, path: string): ProtocolAdapter {
  return { ...adapter, id: `azure-${adapter.id}`, basePath: '/openai', match: (head) => matchIn(head, path), owns };
}

function matchIn({ method, path, query }: RequestHead, wanted: string): Endpoint | undefined {
  const [, escaped = '', operation] = DEPLOYMENT.exec(path) ?? [];
  if (method !== 'POST' || operation !== wanted || !QUERY.test(query)) return undefined;
  const model = nameOf(escaped);
  if (model === undefined) return undefined;
  const upstreamPath = `/deployments/${encodeURIComponent(model)}${operation}${query}`;
  return { kind: 'exchange', operation: `deployments${wanted.replaceAll('/', '.')}`, method, upstreamPath, model };
}

function nameOf(escaped: string): string | undefined {
  try {
    const name = decodeURIComponent(escaped);
    return DEPLOYMENT_NAME.test(name) && !/^\.{1,2}$/.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

function owns({ path }: RequestHead): boolean {
  return path.startsWith('/openai/deployments/');
}
