import type { ShownBudgets } from '@sallyport/gateway';
import type { Cli, ConfigFlags } from '../command.ts';
import { everyPage } from '../every-page.ts';
import { cell, withClient, withGateway } from '../gateway-command.ts';
import { wordTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

const TITLES = ['limit', 'of', 'counts', 'per', 'mode', 'max', 'used', 'reserved', 'resets at'];

export function addBudgetsCommand({ program, terminal, run }: Cli): void {
  withGateway(
    program
      .command('budgets')
      .description('how every limit stands in the gateway that runs; the nearest to its end comes first'),
  ).action(run((flags: ConfigFlags) => list(flags, terminal)));
}

function list(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withClient<ShownBudgets>(flags, terminal, {
    ask: (client) => everyPage(client, '/budgets', 'budgets'),
    tell: ({ currency = '', budgets }) => {
      const rows = budgets.map(({ limit, of, counts, per, mode, max, used, reserved, resetsAt = '' }) => {
        const unit = counts === 'cost' ? `cost (${currency})` : counts;
        const whom = Object.entries(of).map(([key, value]) => `${key} ${value}`);
        return [limit, cell(whom.join(', ')), unit, per, mode, `${max}`, `${used}`, `${reserved}`, resetsAt];
      });
      return terminal.out(wordTable(TITLES, rows));
    },
  });
}
