import type { LabelledRow } from './data/labelled-row.ts';
import type { DataFile } from './data/read-rows.ts';
import type { Channel } from './generators/generated-row.ts';
import settings from './injection.json' with { type: 'json' };
import type { TrainedModel } from './train-injection.ts';

interface CardParts {
  readonly channel: Channel;
  readonly trained: TrainedModel;
  /** What it was trained on. */
  readonly rows: readonly LabelledRow[];
  readonly files: readonly DataFile[];
  readonly figures: Readonly<Record<string, unknown>>;
}

/** What is said of a model beside its file: how it was made, of what, and what it was measured to do. */
export function modelCard({ channel, trained, rows, files, figures }: CardParts): Record<string, unknown> {
  const counts: Record<string, { attacks: number; benign: number }> = {};
  for (const { source, attack } of rows) {
    const held = counts[source] ?? { attacks: 0, benign: 0 };
    counts[source] = attack ? { ...held, attacks: held.attacks + 1 } : { ...held, benign: held.benign + 1 };
  }
  return {
    name: `injection-${channel}`,
    digest: trained.model.digest,
    node: process.versions.node.split('.')[0],
    seed: settings.seed,
    features: trained.model.features,
    windowChars: trained.model.windowChars,
    heads: trained.model.heads,
    inputs: Object.fromEntries(files.map(({ name, sha256 }) => [name, sha256])),
    sources: Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))),
    figures,
  };
}
