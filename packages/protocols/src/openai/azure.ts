import type { Endpoint, ProtocolAdapter, RequestHead } from '@sallyport/core';
import { decodePath } from '../decode-path.ts';
import { modelsEndpoint } from './paths.ts';

const BASE = '/openai';
const DEPLOYMENT = /^\/openai\/deployments\/([^/]{1,768})(\/[a-z/]{1,64})$/;
const QUERY = /^\?api-version=[\w.-]{1,32}$/;
const DEPLOYMENT_NAME = /^(?!\.{1,2}$)[\w.:-]{1,256}$/;

/**
 * A protocol of OpenAI at Azure's older paths: `/openai/deployments/<deployment>/chat/completions?api-version=<version>`. The
 * deployment is the model; a `model` in the body says nothing there. A provider takes either these paths or OpenAI's own, so
 * they are a protocol of their own.
 * @param path of its operation behind the deployment, such as `/chat/completions`
 */
export function azureOf(adapter: ProtocolAdapter, path: string): ProtocolAdapter {
  return { ...adapter, id: `azure-${adapter.id}`, basePath: BASE, match: (head) => matchIn(head, path), owns, manages };
}

function matchIn({ method, path, query }: RequestHead, wanted: string): Endpoint | undefined {
  if (!QUERY.test(query)) return undefined;
  if (method === 'GET') return modelsEndpoint(path, BASE);
  const [, escaped = '', operation] = DEPLOYMENT.exec(path) ?? [];
  const model = decodePath(escaped);
  if (method !== 'POST' || operation !== wanted || model === undefined || !DEPLOYMENT_NAME.test(model))
    return undefined;
  const upstreamPath = `/deployments/${encodeURIComponent(model)}${operation}${query}`;
  return { kind: 'exchange', operation: `deployments${wanted.replaceAll('/', '.')}`, method, upstreamPath, model };
}

/** A deployment itself, without an operation of it. Source: Azure OpenAI, REST API "Deployments", 2022-12-01. */
function manages(path: string): boolean {
  return /^\/openai\/deployments(?:\/[^/]*)?$/.test(path);
}

/** All of Azure's older paths; below `/openai/v1` it has those of OpenAI. */
function owns({ path }: RequestHead): boolean {
  return path.startsWith(`${BASE}/`) && !path.startsWith(`${BASE}/v1/`);
}
