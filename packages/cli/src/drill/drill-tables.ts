import type { DrillShare, DrillSummary } from '@sallyport/redteam';
import { type Column, textTable } from '../table.ts';

/** The summary for people: attacks that got through by each dimension, then benign traffic that was blocked. */
export function drillTables(summary: DrillSummary): string {
  const { attacks, benign, byFamily, byCarrier, byObfuscation, byWay, benignByCarrier } = summary;
  const parts = [
    table('family', 'got through', [...byFamily, attacks]),
    table('carrier', 'got through', byCarrier),
    table('obfuscation', 'got through', byObfuscation),
    table('protocol', 'got through', byWay),
    table('benign, by carrier', 'blocked', [...benignByCarrier, benign]),
  ];
  return parts.join('\n');
}

function table(title: string, counted: string, shares: readonly DrillShare[]): string {
  const columns: Column[] = [
    { title, align: 'left' },
    { title: 'answered', align: 'right' },
    { title: counted, align: 'right' },
    { title: 'share', align: 'right' },
    { title: '95 % interval', align: 'right' },
    { title: 'unanswered', align: 'right' },
  ];
  return textTable(columns, shares.map(rowOf));
}

function rowOf({ name, answered, count, share, interval, unanswered }: DrillShare): readonly string[] {
  const range = interval === undefined ? '-' : `${percent(interval.low)} to ${percent(interval.high)}`;
  return [name, String(answered), String(count), share === undefined ? '-' : percent(share), range, String(unanswered)];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
