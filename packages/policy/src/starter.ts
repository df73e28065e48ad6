import { fileURLToPath } from 'node:url';

/** The folder of the starter policies, `access/` and `guard/`: to load, or to copy and change. It lies beside src and dist. */
export const STARTER_FOLDER: string = fileURLToPath(new URL('../starter/', import.meta.url));
