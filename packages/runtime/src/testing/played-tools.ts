import type { AuditRecord, PinnedText, StoredPin, ToolPins } from '@sallyport/core';
import { createFingerprinter } from '@sallyport/text';
import { ToolOffice, type ToolOfficeParts } from '../tools/tool-office.ts';

/** Pins that live as long as their test. */
export function mapPins(): ToolPins & { readonly writes: () => number } {
  const pins = new Map<string, StoredPin>();
  const kept: PinnedText[] = [];
  let writes = 0;
  return {
    of: (ownerId) => [...pins.values()].filter((pin) => pin.ownerId === ownerId),
    get: (id) => pins.get(id),
    list: (limit, tenant) =>
      [...pins.values()].filter(({ owner }) => tenant === undefined || owner.tenant === tenant).slice(0, limit),
    put: (all, texts = []) => {
      kept.push(...texts);
      for (const pin of all) {
        pins.set(pin.id, pin);
        writes += 1;
      }
    },
    texts: (id) => new Map(kept.filter(({ pin }) => pin === id).map(({ hash, text }) => [hash, text])),
    remove: (id) => {
      pins.delete(id);
    },
    writes: () => writes,
  };
}

/** A tool office with a log and a store of its own. */
export function playedTools(parts: Partial<ToolOfficeParts> = {}) {
  const records: AuditRecord[] = [];
  const store = mapPins();
  const office = new ToolOffice({
    store,
    recorder: { append: async (record) => void records.push(record) },
    iso: () => '2026-01-01T00:00:00.000Z',
    fingerprint: createFingerprinter(new Uint8Array(32).fill(7)),
    maxResultChars: 262_144,
    maxPins: 500,
    unpinned: [],
    keepTexts: 'servers',
    ...parts,
  });
  return { office, records, store };
}
