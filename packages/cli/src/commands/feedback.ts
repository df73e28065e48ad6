import { CATEGORIES, type Category, type FeedbackVerdict, type StoredFeedback } from '@sallyport/core';
import { CALIBRATED_CATEGORIES, REASON_MAX_CHARS } from '@sallyport/runtime';
import { Option } from 'commander';
import { type Cli, type ConfigFlags, misuse } from '../command.ts';
import { everyPage } from '../every-page.ts';
import { cell, oneLine, withClient, withGateway } from '../gateway-command.ts';
import { wordTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface UndoFlags extends ConfigFlags {
  readonly note?: string;
}

interface GiveFlags extends UndoFlags {
  readonly falsePositive?: boolean;
  readonly missed?: boolean;
  readonly category?: Category;
}

const NOTE = ['--note <text>', `why, for the audit log; up to ${REASON_MAX_CHARS} characters`] as const;
const EXCHANGE = ['<exchange>', 'its id, as `x-sallyport-exchange` gives it'] as const;

export function addFeedbackCommand({ program, terminal, run }: Cli): void {
  const feedback = program
    .command('feedback')
    .description('say which exchanges were judged wrongly, to the gateway that runs; `sallyport calibrate` counts it');
  withGateway(
    feedback
      .command('give', { isDefault: true })
      .description('say it of one; what was said of it before no longer counts')
      .argument(...EXCHANGE)
      .option('--false-positive', 'it was honest, and looked like an attack')
      .option('--missed', 'it was an attack, and looked honest')
      .addOption(new Option('--category <category>', 'only what was found of this').choices(CALIBRATED_CATEGORIES))
      .option(...NOTE),
  ).action(run((exchange: string, flags: GiveFlags) => give(exchange, flags, terminal)));
  withGateway(feedback.command('list').description('what was said, the newest first')).action(
    run((flags: ConfigFlags) => list(flags, terminal)),
  );
  withGateway(
    feedback
      .command('undo')
      .description('take back what was said of an exchange')
      .argument(...EXCHANGE)
      .option(...NOTE),
  ).action(run((exchange: string, flags: UndoFlags) => undo(exchange, flags, terminal)));
}

async function give(exchange: string, flags: GiveFlags, terminal: Terminal): Promise<number> {
  const { falsePositive, missed, category, note = '' } = flags;
  if ((falsePositive === true) === (missed === true))
    return misuse('say one of `--false-positive` and `--missed`', flags, terminal);
  if (note.length > REASON_MAX_CHARS) return misuse(TOO_LONG, flags, terminal);
  const verdict: FeedbackVerdict = missed === true ? 'missed' : 'false-positive';
  return withClient<StoredFeedback>(flags, terminal, {
    ask: (client) =>
      client.post('/feedback', { exchange, verdict, ...(category !== undefined && { category }), reason: note }),
    tell: ({ scores }) =>
      terminal.err(
        scores.length === 0
          ? 'noted; nothing that can be calibrated was found in it\n'
          : `noted: ${scores.map(scoresText).join('; ')}\n`,
      ),
  });
}

function list(flags: ConfigFlags, terminal: Terminal): Promise<number> {
  return withClient<{ feedback: readonly StoredFeedback[] }>(flags, terminal, {
    ask: (client) => everyPage(client, '/feedback', 'feedback'),
    tell: ({ feedback }) => {
      const rows = feedback.map(({ exchange, at, by, verdict, scores }) => [
        ...[exchange, verdict, at, by].map(cell),
        oneLine(scores.map(scoresText).join('; ')),
      ]);
      return terminal.out(wordTable(['exchange', 'said', 'at', 'by', 'scores'], rows));
    },
  });
}

async function undo(exchange: string, flags: UndoFlags, terminal: Terminal): Promise<number> {
  const { note = '' } = flags;
  if (note.length > REASON_MAX_CHARS) return misuse(TOO_LONG, flags, terminal);
  return withClient<StoredFeedback>(flags, terminal, {
    ask: (client) => client.post('/feedback/undo', { exchange, reason: note }),
    tell: ({ verdict }) => terminal.err(`taken back: ${verdict}\n`),
  });
}

const TOO_LONG = `a note has ${REASON_MAX_CHARS} characters at most`;

function scoresText({ channel, language, scores }: StoredFeedback['scores'][number]): string {
  const each = CATEGORIES.flatMap((category) => {
    const score = scores[category];
    return score === undefined ? [] : [`${category} ${score.toFixed(3)}`];
  });
  return `${channel} ${language}: ${each.join(', ')}`;
}
