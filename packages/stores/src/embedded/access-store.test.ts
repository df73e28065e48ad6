import type { StoredGrant } from '@sallyport/core';
import { afterEach, describe, expect, it } from 'vitest';
import { dataFolder, removeDataFolders } from '../testing/data-folders.ts';
import { openAccessStore } from './access-store.ts';

afterEach(removeDataFolders);

const grant = (id: string): StoredGrant => ({
  id,
  who: 'agent/mailer',
  tenant: 'default',
  actions: ['read-data'],
  resource: { kind: 'data-source', id: 'contracts' },
  from: '2026-01-01T00:00:00.000Z',
  until: '2026-01-02T00:00:00.000Z',
  reason: 'audit',
  requestedBy: 'ann',
  approvedBy: 'bo',
});

describe('openAccessStore()', () => {
  it('keeps entities and grants over a restart, the newest grant first', () => {
    const folder = dataFolder();
    const first = openAccessStore(folder);
    first.putEntity({ section: 'groups', name: 'legal', value: { parents: ['staff'] } });
    first.putEntity({ section: 'groups', name: 'legal', value: { parents: ['all'] } });
    first.putGrant(grant('grn_1'));
    first.putGrant(grant('grn_2'));
    first.putGrant({ ...grant('grn_1'), revokedAt: '2026-01-01T01:00:00.000Z' });
    first.close();
    const second = openAccessStore(folder);
    expect(second.entities()).toEqual([{ section: 'groups', name: 'legal', value: { parents: ['all'] } }]);
    expect(second.grants()).toEqual([grant('grn_2'), { ...grant('grn_1'), revokedAt: '2026-01-01T01:00:00.000Z' }]);
    second.close();
  });

  it('shows another process what was committed while it runs', () => {
    const folder = dataFolder();
    const [one, other] = [openAccessStore(folder), openAccessStore(folder)];
    one.putGrant(grant('grn_1'));
    expect(other.grants()).toHaveLength(1);
    expect(one.removeEntity('groups', 'none')).toBe(false);
    one.close();
    other.close();
  });
});
