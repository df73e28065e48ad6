import { type JsonNode, memberOf, stringOf } from '@sallyport/wire';

/** Members of a capabilities object, from the outside in. */
export type CapabilityPath = readonly [string, ...string[]];

/**
 * What a server must have declared before a client may ask this of it. Methods that need nothing are not in the table.
 * Source: SDK 1.32.2, `assertCapabilityForMethod()`; subscriptions as the specification has them.
 */
const OF_SERVER: ReadonlyMap<string, CapabilityPath> = new Map<string, CapabilityPath>([
  ['tools/list', ['tools']],
  ['tools/call', ['tools']],
  ['prompts/list', ['prompts']],
  ['prompts/get', ['prompts']],
  ['resources/list', ['resources']],
  ['resources/templates/list', ['resources']],
  ['resources/read', ['resources']],
  ['resources/subscribe', ['resources', 'subscribe']],
  ['resources/unsubscribe', ['resources', 'subscribe']],
  ['completion/complete', ['completions']],
  ['logging/setLevel', ['logging']],
]);

/** The capability of a server that a client's request needs. */
export function serverCapability(method: string): CapabilityPath | undefined {
  return OF_SERVER.get(method);
}

/**
 * The capability of a client that a server's question needs, whichever way it travels.
 * Source: SDK 2.4.0, `clientCapabilityRequirements.ts`.
 */
export function clientCapability(method: string, params: JsonNode | undefined): CapabilityPath | undefined {
  switch (method) {
    case 'elicitation/create':
      return ['elicitation', stringOf(params, 'mode') === 'url' ? 'url' : 'form'];
    case 'sampling/createMessage': {
      const needsTools = memberOf(params, 'tools') !== undefined || memberOf(params, 'toolChoice') !== undefined;
      return needsTools ? ['sampling', 'tools'] : ['sampling'];
    }
    case 'roots/list':
      return ['roots'];
    default:
      return undefined;
  }
}

/** Whether capabilities hold one. Members that are `false` or `null` are not held; an `elicitation` that says no more is one by forms. */
export function declares(capabilities: JsonNode | undefined, path: CapabilityPath): boolean {
  let node = capabilities;
  for (const [depth, name] of path.entries()) {
    const held = memberOf(node, name);
    if (held === undefined && depth === 1 && path[0] === 'elicitation' && name === 'form') {
      return node?.kind === 'object' && memberOf(node, 'url') === undefined;
    }
    if (held === undefined || (held.kind === 'word' && held.value !== true)) return false;
    node = held;
  }
  return true;
}
