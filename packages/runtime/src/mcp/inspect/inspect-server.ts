import { isFault, type Principal } from '@sallyport/core';
import type { McpResult } from '@sallyport/mcp';
import type { PolicyProblem } from '@sallyport/policy';
import { memberOf, stringOf } from '@sallyport/wire';
import type { Config } from '../../config/index.ts';
import { listTools, type NoList, type ThroughGateway, throughGateway } from './list-tools.ts';
import { type InspectedTool, openToolJudge } from './tool-judge.ts';

export interface InspectedServer {
  readonly tools: readonly InspectedTool[];
  /** There were more, beyond what is asked for. */
  readonly truncated: boolean;
  /** What `mcp.servers.<name>.tools` takes: JSON as the server wrote it, without tools that share their name with another one. */
  readonly file: string;
}

/** Nothing was learnt: there is no such server, or it told nothing, or policies are not valid. */
export type NotInspected =
  | { readonly unknown: true }
  | { readonly unreadable: true }
  | { readonly problems: readonly PolicyProblem[] }
  | NoList;

export interface Inspection {
  readonly name: string;
  readonly principal: Principal;
  /** Who asks the server, where we cannot: the list is then what the gateway offers. */
  readonly through?: ThroughGateway | undefined;
}

/** Asks a server of the configuration for its tools, and says of each what the wall would. Touches no data folder. */
export async function inspectServer(
  config: Config,
  { name, principal, through }: Inspection,
): Promise<InspectedServer | NotInspected> {
  const server = Object.hasOwn(config.mcp.servers, name) ? config.mcp.servers[name] : undefined;
  if (server === undefined) return { unknown: true };
  const judge = openToolJudge(config, { server, principal });
  if ('problems' in judge) return judge;
  const asked = through === undefined ? server : throughGateway(server, through);
  const listed = await listTools(asked, config.limits);
  if ('lost' in listed) return listed;
  const tools: InspectedTool[] = [];
  for (const page of listed.pages) {
    const found = judge.tools(page);
    if (isFault(found)) return { unreadable: true };
    tools.push(...found);
  }
  return { tools, truncated: listed.truncated, file: toolFile(listed.pages) };
}

/** Of two tools of one name nobody can tell which is meant: both are left out. */
function toolFile(pages: readonly McpResult[]): string {
  const byName = new Map<string, string[]>();
  for (const { result, text } of pages) {
    const listed = memberOf(result, 'tools');
    for (const item of listed?.kind === 'array' ? listed.items : []) {
      const name = stringOf(item, 'name');
      if (name === undefined || name === '') continue;
      byName.set(name, [...(byName.get(name) ?? []), text.slice(item.start, item.end)]);
    }
  }
  const single = [...byName.values()].flatMap((texts) => (texts.length === 1 ? texts : []));
  return `{ "tools": [\n${single.join(',\n')}\n] }\n`;
}
