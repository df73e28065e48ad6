import { type Fault, isFault, type Ruling, type ToolDefinition } from '@sallyport/core';
import { type ArgumentSchema, openSchema } from '@sallyport/mcp';
import type { GuardedServer } from './guarded-server.ts';

/** Tools of one server that are known; of more, the rest is not offered. */
export const SHELF_MAX_TOOLS = 1_000;

/** A tool as its server defined it last. */
export interface ShelvedTool {
  readonly definition: ToolDefinition;
  /** A fault: what its server says of its arguments can't be checked, so that nothing it is given may pass. */
  readonly schema: ArgumentSchema | Fault;
  /** Why it is not offered, and not called: what was decided on its definition. */
  readonly withheld: Ruling | undefined;
}

/** A tool in a list. */
export interface OfferedTool extends Pick<ShelvedTool, 'definition' | 'withheld'> {
  /** Names what the definition says. */
  readonly key: string;
  /** Of the definition. */
  readonly bytes: number;
}

/** The tools of one server, in one session. */
export class ToolShelf {
  private tools = new Map<string, ShelvedTool>();
  private defined: readonly ToolDefinition[] | undefined;
  /** Whether the server said, or nobody knows, that they are others by now. */
  isStale = true;
  /** How often the server said so. */
  change = 0;

  /** @param isWhole whether a tool is withheld where any other one is */
  get(name: string, isWhole = false): ShelvedTool | undefined {
    const tool = this.tools.get(name);
    if (tool === undefined || !isWhole || tool.withheld !== undefined) return tool;
    const other = [...this.tools.values()].find(({ withheld }) => withheld !== undefined);
    return { ...tool, withheld: other?.withheld };
  }

  /** The same array as long as they are the same: what is known of their tools is remembered by it. */
  get definitions(): readonly ToolDefinition[] {
    this.defined ??= Array.from(this.tools.values(), ({ definition }) => definition);
    return this.defined;
  }

  /** Takes what a list defines. @returns whether there was room */
  take(offered: OfferedTool, { schemas }: Pick<GuardedServer, 'schemas'>): boolean {
    const { definition, key, bytes, withheld } = offered;
    const known = this.tools.get(definition.name);
    if (known === undefined && this.tools.size >= SHELF_MAX_TOOLS) return false;
    let schema = schemas.get(key);
    if (schema === undefined) {
      schema = openSchema(definition.parameters ?? {});
      schemas.set(key, schema, bytes);
    }
    // The stricter of two of one name, on whatever pages they stand.
    this.defined = undefined;
    this.tools.set(definition.name, { definition, schema, withheld: withheld ?? known?.withheld });
    return true;
  }

  /** The server says that they are others by now. */
  changed(): void {
    this.isStale = true;
    this.change += 1;
  }

  /** All of them are to be learnt anew. */
  clear(): void {
    this.tools = new Map();
    this.defined = undefined;
  }

  /** Where in the arguments they are not what the schema says. `''`: the tool's schema itself is unusable. */
  mismatchOf({ schema }: ShelvedTool, given: unknown): string | undefined {
    return isFault(schema) ? '' : schema.check(given)?.at;
  }
}
