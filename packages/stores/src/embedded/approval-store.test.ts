import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SallyportError, type StoredApproval } from '@sallyport/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openApprovals } from './approval-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-approvals-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const KEY = Buffer.alloc(32, 7);
const approval = (id: string, more: Partial<StoredApproval> = {}): StoredApproval => ({
  id,
  binding: 'b',
  status: 'pending',
  askedMs: 1,
  expiresMs: 2,
  exchange: 'x1',
  route: 'all',
  protocol: 'openai-chat',
  principal: { kind: 'agent', id: 'a', tenant: 'default', groups: [] },
  tool: 'send_money',
  arguments: '{"to":"ann","note":"\ud800 \u0000"}',
  toolGroups: [],
  provenance: [],
  policies: [],
  policySet: 'p',
  ...more,
});

describe('openApprovals()', () => {
  it('keeps approvals, in their last state, also after it was closed and opened again', () => {
    const store = openApprovals(folder, KEY);
    store.put(approval('apr_1'));
    store.put(approval('apr_2'));
    store.put(approval('apr_1', { status: 'granted' }));
    store.remove('apr_2');
    store.remove('apr_3');
    store.close();
    const again = openApprovals(folder, KEY);
    expect(again.all()).toEqual([approval('apr_1', { status: 'granted' })]);
    again.close();
  });

  it('leaves out what an earlier version kept, which said less of a call', () => {
    const store = openApprovals(folder, KEY);
    const { toolGroups: _groups, ...less } = approval('apr_1');
    store.put(less as StoredApproval);
    store.put(approval('apr_2'));
    expect(store.all()).toEqual([approval('apr_2')]);
    store.close();
  });

  it('leaves nothing readable in the folder, for nobody but its owner', () => {
    const store = openApprovals(folder, KEY);
    store.put(approval('apr_1', { arguments: 'a needle in the hay' }));
    for (const file of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, file));
      expect(bytes.includes('needle')).toBe(false);
      expect(bytes.includes('send_money')).toBe(false);
      expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
    }
    store.close();
  });

  it('opens under the key of its install alone', () => {
    const store = openApprovals(folder, KEY);
    store.put(approval('apr_1'));
    store.close();
    const other = openApprovals(folder, Buffer.alloc(32, 8));
    expect(() => other.all()).toThrow(SallyportError);
    other.close();
  });
});
