import type { ToolsBeside } from '@sallyport/core';

/** Names that are kept of one server for one tenant; of more, the oldest go. */
export const NAMES_MAX = 1_000;

/** Which tools stand at which server, for each tenant: an agent may be offered all of them at once. */
export class ToolNames {
  private readonly byTenant = new Map<string, Map<string, Set<string>>>();
  private readonly known = new Map<string, ToolsBeside>();
  private version = 0;

  /** A tool that a server offers, and that nothing speaks against. */
  note(tenant: string, route: string, tool: string): void {
    const servers = this.byTenant.get(tenant) ?? new Map<string, Set<string>>();
    this.byTenant.set(tenant, servers);
    const names = servers.get(route) ?? new Set<string>();
    servers.set(route, names);
    if (names.has(tool)) return;
    names.add(tool);
    if (names.size > NAMES_MAX) for (const oldest of names) if (names.delete(oldest)) break;
    this.version += 1;
    this.known.clear();
  }

  /** The tools of all other servers; undefined where there are none. */
  beside(tenant: string, route: string): ToolsBeside | undefined {
    const key = JSON.stringify([tenant, route]);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const others = [...(this.byTenant.get(tenant) ?? [])].filter(([other]) => other !== route);
    const names = new Set(others.flatMap(([, own]) => [...own]));
    if (names.size === 0) return undefined;
    const beside = { version: `${this.version} ${key}`, names };
    this.known.set(key, beside);
    return beside;
  }
}
