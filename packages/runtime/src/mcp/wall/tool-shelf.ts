import { type Fault, isFault, type Ruling, type ToolDefinition } from '@sallyport/core';
import { type ArgumentSchema, openSchema } from '@sallyport/mcp';

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

/** The tools of one server, in one session. */
export class ToolShelf {
  private tools = new Map<string, ShelvedTool>();
  /** Whether the server said, or nobody knows, that they are others by now. */
  isStale = true;
  /** How often the server said so. */
  change = 0;

  get(name: string): ShelvedTool | undefined {
    return this.tools.get(name);
  }

  get definitions(): readonly ToolDefinition[] {
    return Array.from(this.tools.values(), ({ definition }) => definition);
  }

  /** Takes what one page of a list defines. @returns whether there was room */
  take(definition: ToolDefinition, withheld: Ruling | undefined): boolean {
    const known = this.tools.get(definition.name);
    if (known === undefined && this.tools.size >= SHELF_MAX_TOOLS) return false;
    // The stricter of two of one name, whatever page they stand on.
    const strictest = withheld ?? (this.isStale ? undefined : known?.withheld);
    const schema = openSchema(definition.parameters ?? {});
    this.tools.set(definition.name, { definition, schema, withheld: strictest });
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
  }

  /** Where in the arguments they are not what the schema says. `''`: the tool's schema itself is unusable. */
  mismatchOf({ schema }: ShelvedTool, given: unknown): string | undefined {
    if (isFault(schema)) return '';
    return schema.check(given)?.at;
  }
}
