import {
  type BoundedCache,
  type Destination,
  type Fault,
  type House,
  type Judge,
  type Owner,
  type PolicyEngine,
  type Principal,
  type Resource,
  recordedName,
} from '@sallyport/core';
import type { ArgumentSchema } from '@sallyport/mcp';
import type { ToolNames } from '../links/tool-names.ts';

/** Id of the protocol, in questions to policy and in records. */
export const MCP = 'mcp';

/** A server behind the wall: what guards all that passes to and from it. */
export interface GuardedServer
  extends Pick<
    Destination,
    'route' | 'inspector' | 'judge' | 'flow' | 'vetter' | 'switchedOff' | 'postureOf' | 'approvalHoldMs'
  > {
  /** Id of the protocol in which clients speak to it, in questions to policy and in records. */
  readonly protocol: string;
  /** Whether its definitions are one whole: where one of them may not pass, none does. */
  readonly isWhole?: boolean;
  /** Whether what it tells in the middle of a call is a part of what the call brings. */
  readonly tellsResults?: boolean;
  /** Its name in configuration. `route` is made of it, so that keys and policies can name it. */
  readonly name: string;
  /** Requests of one side that may be under way at once, 1.. */
  readonly maxPending: number;
  /** What its tools say of their arguments, by the keys of their definitions: for all sessions. */
  readonly schemas: BoundedCache<ArgumentSchema | Fault>;
}

/** The route of a server, and its data source: everything of it that isn't a tool. */
export function routeOf(server: string): string {
  return `mcp/${server}`;
}

/** One session at one server: who it is for, and by whose rules. */
export interface Scene {
  readonly house: House;
  readonly server: GuardedServer;
  readonly principal: Principal;
  readonly owner: Owner;
  /** The tools of all servers. */
  readonly names: ToolNames;
  /** Ids of exchanges. */
  readonly newId: () => string;
}

/** What one message is about. */
export interface Subject {
  /** The tool that is called, answers or is defined. */
  readonly tool?: string | undefined;
  /** Of the message. */
  readonly bytes: number;
}

/** Everything that decisions on one message depend on besides its findings. */
export function judgeOf(scene: Scene, engine: PolicyEngine, { tool, bytes }: Subject): Judge {
  const { house, server, principal } = scene;
  const { directory } = house;
  const { route, postureOf } = server;
  const tools = tool === undefined ? [] : [recordedName(tool)];
  const facts = { protocol: server.protocol, route, model: '', stream: false, tools, messages: 1, bodyBytes: bytes };
  const resource = tool === undefined ? sourceOf(scene) : toolOf(scene, tool);
  return { engine, principal, resource, facts, directory, postureOf };
}

/** A server as a place where data is kept: its resources, its prompts, whatever it tells. */
export function sourceOf({ house, server: { route } }: Scene): Resource {
  const [known] = house.directory.sources([{ kind: 'server', id: route }]);
  return known ?? { kind: 'data-source', id: route, registered: false, groups: [] };
}

/** What tells a tool of one server from those of others. */
export interface ToolPlace {
  readonly house: Pick<House, 'directory'>;
  readonly server: Pick<GuardedServer, 'route'>;
}

/** A tool, in a group with all others of its server: `ToolGroup::"mcp/files"`. */
export function toolOf({ house, server: { route } }: ToolPlace, tool: string): Resource {
  return { kind: 'tool', id: tool, groups: [...house.directory.toolGroups(tool), route] };
}
