import { readFileSync } from 'node:fs';

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Version of the product, as its package says. */
export const VERSION = (manifest as { readonly version: string }).version;
