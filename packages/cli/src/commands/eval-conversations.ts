import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { openInspection } from '@sallyport/runtime';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type Cli,
  CONFIG_FLAG,
  type ConfigFlags,
  configOr,
  JSON_FLAG,
  printJson,
  reportPolicyProblems,
} from '../command.ts';
import { ConversationTally } from '../eval/conversations/conversation-tally.ts';
import { parseConversation } from '../eval/conversations/labelled-conversation.ts';
import { playConversation } from '../eval/conversations/play-conversation.ts';
import { CONVERSATION_COLUMNS, conversationRows } from '../eval/conversations/report.ts';
import { scoreFile } from '../eval/score-file.ts';
import { EXIT } from '../exit-code.ts';
import { linesOf, openText } from '../lines.ts';
import { Progress } from '../progress.ts';
import { fileFailure, rowFilesAt } from '../row-files.ts';
import { textTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface ConversationFlags extends ConfigFlags {
  readonly threshold?: number;
  readonly scores?: string;
}

const HELP = `
Rows: {id, source, label: "attack"|"benign", messages: [{role, content}]}, or \`turns\`, texts of the user alone, for \`messages\`.
A conversation's score is the highest of the findings of the category multi-turn after any turn of the user; those of one turn
are counted apart. \`found\` and \`false\` count what reaches the threshold: the lowest that takes at most 1 % of the benign
conversations of all sources, unless one is given that was chosen on others. \`noticed\` counts what the guard policies flag or stop.
Exit code: 0 measured, 1 a file could not be read, 2 wrong usage or configuration.`;

/** @param evaluation the command \`eval\`, under which it stands */
export function addEvalConversationsCommand(evaluation: Command, { terminal, run }: Cli): void {
  evaluation
    .command('conversations')
    .description('measure what is found in whole conversations')
    .argument('<files...>', 'JSON lines, plain or gzip, or folders of them')
    .option('--threshold <score>', 'score from which a conversation counts as found, 0..1', parseThreshold)
    .option(
      '--scores <file>',
      'write {id, source, attack, scores, types, effect} of every conversation, one a line: no text',
    )
    .option(...JSON_FLAG)
    .option(...CONFIG_FLAG)
    .addHelpText('after', HELP)
    .action(
      run((paths: string[], _: ConversationFlags, command: Command) =>
        // Options that `eval` has as well are read as its own, wherever they stand.
        evalConversations(paths, command.optsWithGlobals(), terminal),
      ),
    );
}

function parseThreshold(word: string): number {
  const threshold = Number(word);
  if (word.trim() !== '' && threshold >= 0 && threshold <= 1) return threshold;
  throw new InvalidArgumentError('must be a number in 0..1');
}

async function evalConversations(
  paths: readonly string[],
  flags: ConversationFlags,
  terminal: Terminal,
): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const files = await rowFilesAt(paths, flags, terminal);
  if (typeof files === 'number') return files;
  const opened = openInspection(config);
  if ('problems' in opened) return reportPolicyProblems(opened.problems, flags, terminal);
  const total = files.reduce((sum, file) => sum + statSync(file).size, 0);
  const progress = new Progress(terminal, 'eval conversations', { total });
  const scores = flags.scores === undefined ? undefined : scoreFile(resolve(terminal.cwd, flags.scores));
  const tally = new ConversationTally();
  let unreadable = 0;
  try {
    for (const file of files) {
      const name = basename(file).replace(/\.jsonl(?:\.gz)?$/, '');
      for await (const { text, number, tooLong } of linesOf(openText(file, (bytes) => progress.add(bytes)))) {
        const row = tooLong ? undefined : parseConversation(text, { file: name, line: number });
        const played = row === undefined ? undefined : playConversation(row, opened);
        if (row === undefined || played === undefined) {
          unreadable += 1;
          continue;
        }
        tally.add(row, played);
        const { id, source, attack } = row;
        await scores?.write({ id, source, attack, ...played });
      }
    }
    await scores?.close();
  } catch (error) {
    progress.clear();
    return fileFailure(error, flags, terminal);
  }
  progress.clear();
  if (unreadable > 0) terminal.err(`warning: ${unreadable} lines are not labelled conversations\n`);
  const figures = tally.figures(flags.threshold);
  const versions = { detectors: opened.inspector.version, policySet: opened.judge.engine.policySet };
  if (flags.json === true) await printJson(terminal, { ...versions, unreadable, ...figures });
  else
    await terminal.out(
      `threshold ${figures.threshold.toFixed(3)}\n${textTable(CONVERSATION_COLUMNS, conversationRows(figures))}`,
    );
  return EXIT.ok;
}
