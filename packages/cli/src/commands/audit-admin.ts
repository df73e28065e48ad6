import type { AdminRecord } from '@sallyport/core';
import type { AuditTrail } from '@sallyport/runtime';
import { withTrail } from '../audit-command.ts';
import { type ConfigFlags, printJson } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { cell } from '../gateway-command.ts';
import { wordTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

/** Leaves that are read at a time, from the end. */
const LEAVES_PER_STEP = 1_000;
const LIMIT_MAX = 1_000;

interface AdminListFlags extends ConfigFlags {
  readonly limit: number;
  readonly before?: number;
}

interface AdminEntry extends AdminRecord {
  readonly index: number;
}

/** Calls of the admin API, the newest first. */
export function listAdminCalls(flags: AdminListFlags, terminal: Terminal): Promise<number> {
  return withTrail(flags, terminal, async (trail) => {
    const most = Math.min(Math.max(1, flags.limit), LIMIT_MAX);
    const found = newestCalls(trail, Math.min(flags.before ?? trail.size, trail.size), most + 1);
    const calls = found.slice(0, most);
    const before = found.length > most ? calls.at(-1)?.index : undefined;
    if (flags.json === true) {
      await printJson(terminal, { calls, ...(before !== undefined && { before }) });
      return EXIT.ok;
    }
    const titles = ['at', 'operator', 'by', 'action', 'target', 'outcome', 'fault', 'reason'];
    const rows = calls.map(({ at, operator, action, targets, more = 0, outcome, fault, reason = '' }) => [
      at,
      cell(operator?.id ?? '-'),
      operator?.by ?? '-',
      action === '' ? '-' : action,
      cell(targets.join(' ')) + (more > 0 ? ` and ${more}` : ''),
      outcome,
      fault ?? '-',
      cell(reason),
    ]);
    await terminal.out(wordTable(titles, rows));
    if (before !== undefined) terminal.err(`more: --before ${before}\n`);
    return EXIT.ok;
  });
}

function newestCalls(trail: AuditTrail, end: number, most: number): readonly AdminEntry[] {
  const calls: AdminEntry[] = [];
  for (let to = end; to > 0 && calls.length < most; to -= LEAVES_PER_STEP) {
    const step = [...trail.records({ from: Math.max(0, to - LEAVES_PER_STEP), to, kind: 'admin' })].reverse();
    for (const { index, record } of step) if (record.kind === 'admin') calls.push({ index, ...record });
  }
  return calls.slice(0, most);
}
