import type { Column } from '../../table.ts';
import type { ConversationFigures, CountedShare } from './conversation-tally.ts';

export const CONVERSATION_COLUMNS: readonly Column[] = [
  { title: 'source', align: 'left' },
  { title: 'attacks', align: 'right' },
  { title: 'benign', align: 'right' },
  { title: 'AUC', align: 'right' },
  { title: 'found', align: 'right' },
  { title: 'false', align: 'right' },
  { title: 'by the second turn', align: 'right' },
  { title: 'median turn', align: 'right' },
  { title: 'noticed', align: 'right' },
  { title: 'noticed, false', align: 'right' },
];

export function conversationRows({ sources, total }: ConversationFigures): readonly (readonly string[])[] {
  const all = sources.length > 1 ? [...sources, total] : sources;
  return all.map(({ source, attacks, benign, auc, recall, falsePositives, early, medianTurn, noticed }) => [
    source,
    String(attacks),
    String(benign),
    auc === null ? '-' : auc.toFixed(3),
    bounded(recall),
    bounded(falsePositives),
    percent(early),
    medianTurn === null ? '-' : String(medianTurn),
    percent(noticed.attacks),
    percent(noticed.benign),
  ]);
}

function percent({ share }: CountedShare): string {
  return share === null ? '-' : `${(share * 100).toFixed(1)} %`;
}

function bounded(counted: CountedShare): string {
  if (counted.interval === null) return '-';
  const [low, high] = counted.interval.map((bound) => (bound * 100).toFixed(1));
  return `${percent(counted)} (${low}-${high})`;
}
