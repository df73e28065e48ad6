import table from './methods.json' with { type: 'json' };
import { REVISIONS, type Revision } from './revisions.ts';

/** Who says something. */
export type Side = 'client' | 'server';

interface Said {
  readonly requests: ReadonlySet<string>;
  readonly notifications: ReadonlySet<string>;
}

const SAID = new Map<Revision, Readonly<Record<Side, Said>>>(
  REVISIONS.map((revision) => {
    const { client, server } = table[revision];
    return [revision, { client: saidOf(client), server: saidOf(server) }];
  }),
);

/** Every method of every revision. */
export const METHODS: ReadonlySet<string> = new Set(
  [...SAID.values()].flatMap(({ client, server }) =>
    [client, server].flatMap(({ requests, notifications }) => [...requests, ...notifications]),
  ),
);

export interface Saying {
  readonly kind: 'request' | 'notification';
  readonly method: string;
}

/**
 * Whether a side may say this in a revision. Tasks, an experiment of 2025-11-25, are not among what is spoken here. What
 * extensions and vendors add is not either: nobody knows what it says.
 * Source: the method registries of the official SDK, by revision (`wire/rev2025-11-25`, `wire/rev2026-07-28` of 2.4.0).
 */
export function maySay(revision: Revision, side: Side, { kind, method }: Saying): boolean {
  const said = SAID.get(revision)?.[side];
  return (kind === 'request' ? said?.requests : said?.notifications)?.has(method) ?? false;
}

function saidOf(lists: { readonly requests: readonly string[]; readonly notifications: readonly string[] }): Said {
  return { requests: new Set(lists.requests), notifications: new Set(lists.notifications) };
}
