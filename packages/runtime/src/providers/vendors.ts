import table from './vendors.json' with { type: 'json' };

/** A vendor, or the software of an own server: what `kind` of a provider may be, beside the demo. */
export type VendorKind = keyof typeof table;

/** How a provider wants its key: the header that carries it, or a signature over each request. */
export type VendorAuth = 'bearer' | 'x-api-key' | 'x-goog-api-key' | 'api-key' | 'sigv4';

/** How the list of models is read: `list` leads to its entries (the whole body without it), `id` to the name in each. */
export interface ModelListForm {
  /** Relative to the base URL, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly list?: string;
  readonly id: string;
  /** What stands before each name in the list and not in a request. */
  readonly idPrefix?: string;
  /** Members of an entry that together tell the model's files from others. */
  readonly digest?: readonly string[];
}

/** One row of `vendors.json`: facts from the vendor's own pages, which `source` names. */
export interface Vendor {
  /** Ids of the protocols that it speaks, with what goes between its base URL and the protocol's own path. */
  readonly protocols: Readonly<Record<string, string>>;
  /** Without a final slash; `{region}` stands for the configured one. A vendor without has no address of its own. */
  readonly baseUrl?: string;
  readonly auth: VendorAuth;
  /** Environment variable in which the vendor's own tools look for the key. */
  readonly env?: string;
  /** Whether its key in the environment makes it a provider when the file names none, and what then names its address. */
  readonly standIn?: { readonly baseUrlEnv?: string };
  /** Absent where there is no list of what this key may call. */
  readonly models?: ModelListForm;
  readonly source: string;
}

export const VENDORS = table as Readonly<Record<VendorKind, Vendor>>;

export const VENDOR_KINDS = Object.keys(VENDORS) as readonly VendorKind[];

/** Ids of every wire protocol that any provider speaks. */
export const PROTOCOL_IDS: readonly string[] = [
  ...new Set(Object.values(VENDORS).flatMap(({ protocols }) => Object.keys(protocols))),
];
