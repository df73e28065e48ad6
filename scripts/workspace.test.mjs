import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { NODE_FLOOR, nodeComplaint, packageFolders, ROOT } from './workspace.mjs';

const manifest = (/** @type {string} */ folder) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));

describe('nodeComplaint()', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('has nothing to say of %s', (version) => {
    expect(nodeComplaint(version)).toBeUndefined();
  });

  it.each(['18.20.8', '20.18.3', '20.9.0'])('names the version that is needed in place of %s', (version) => {
    expect(nodeComplaint(version)).toContain('20.19');
  });
});

describe('the manifests', () => {
  it('ask for the Node.js that the scripts check', () => {
    for (const folder of [ROOT, ...packageFolders()]) {
      expect(manifest(folder).engines.node).toBe(`>=${NODE_FLOOR.major}.${NODE_FLOOR.minor}`);
    }
  });

  it('share one version', () => {
    const versions = new Set([ROOT, ...packageFolders()].map((folder) => manifest(folder).version));
    expect([...versions]).toHaveLength(1);
  });
});
