import { architecture } from './architecture.mjs';
import { deadCode } from './dead-code.mjs';
import { dependencies } from './dependencies.mjs';
import { docs } from './docs.mjs';
import { manifests } from './manifests.mjs';
import { names } from './names.mjs';
import { style } from './style.mjs';
import { types } from './types.mjs';
import { words } from './words.mjs';

/**
 * Every gate, in the order in which they are asked: `types` builds what `manifests` packs.
 * @type {readonly import('./gate.mjs').Gate[]}
 */
export const GATES = [style, types, architecture, deadCode, dependencies, manifests, docs, words, names];
