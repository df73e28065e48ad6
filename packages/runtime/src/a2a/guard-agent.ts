import { BoundedCache } from '@sallyport/core';
import type { AgentConfig } from '../config/index.ts';
import type { ServerGuards } from '../mcp/mcp-room.ts';
import type { GuardedServer } from '../mcp/wall/guarded-server.ts';

/** Id of the protocol, in questions to policy and in records. */
const A2A = 'a2a';
/** The gateway gives the agent's tools their schemas, and they are all the same. */
const SCHEMAS_MAX = { maxEntries: 1_024, maxWeight: 4_194_304 };

/** An agent of the configuration, as the wall knows servers: the route `a2a/travel` has the tools of one agent. */
export function guardAgent({ name, limits, approvalHoldMs }: AgentConfig, guards: ServerGuards): GuardedServer {
  const { maxPending } = limits;
  const schemas: GuardedServer['schemas'] = new BoundedCache(SCHEMAS_MAX);
  return {
    ...guards,
    name,
    protocol: A2A,
    isWhole: true,
    tellsResults: true,
    route: `${A2A}/${name}`,
    approvalHoldMs,
    maxPending,
    schemas,
  };
}
