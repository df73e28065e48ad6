import type { McpEnd } from '@sallyport/mcp';
import { after, nowMs } from '../../clock.ts';
import type { LimitsConfig, McpServerConfig } from '../../config/index.ts';
import type { UpstreamAuthorization } from './http-line.ts';
import { HttpServerEnd } from './http-server-end.ts';
import { StdioServer } from './stdio-server.ts';
import type { TransportParts } from './transport-parts.ts';
import { readUsage, UsageWatch } from './usage-watch.ts';

export interface McpServerParts extends TransportParts {
  /** Shows to a server somewhere else who the gateway is. */
  readonly authorization?: UpstreamAuthorization | undefined;
}

/** Opens one connection to a server: a process of its own, or a session of its own over HTTP. What it waits for shows when something is sent. */
export function openMcpServer(config: McpServerConfig, parts: McpServerParts): McpEnd {
  return config.transport === 'stdio'
    ? new StdioServer(config, parts)
    : new HttpServerEnd(config, parts, parts.authorization);
}

/** What all connections of a house stand on. */
export function openTransportParts({ maxDepth, maxAnswerNodes }: LimitsConfig): TransportParts {
  const clock = { nowMs, after };
  return {
    clock,
    random: Math.random,
    json: { maxDepth, maxNodes: maxAnswerNodes },
    usage: new UsageWatch({ clock, read: readUsage }),
  };
}
