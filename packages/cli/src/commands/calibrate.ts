import { randomBytes } from 'node:crypto';
import { renameSync, statSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { CHANNELS, type Channel } from '@sallyport/core';
import {
  type Calibration,
  CalibrationSample,
  type Config,
  calibrationText,
  channelOf,
  FEEDBACK_LISTED_MAX,
  openTextScorer,
  REASON_MAX_CHARS,
  readFeedback,
  type TextScorer,
} from '@sallyport/runtime';
import { Option } from 'commander';
import { calibrationTable, neededText } from '../calibrate/calibration-table.ts';
import { readCaptured } from '../calibrate/captured-texts.ts';
import { sampleTexts } from '../calibrate/sample-files.ts';
import { type Cli, type ConfigFlags, configOr, misuse, printJson, withStore } from '../command.ts';
import { openContentDoor } from '../content-door.ts';
import { EXIT } from '../exit-code.ts';
import { tellAnswer } from '../gateway-command.ts';
import { Progress } from '../progress.ts';
import { fileFailure } from '../row-files.ts';
import type { Terminal } from '../terminal.ts';
import { filesAt } from '../text-files.ts';

interface CalibrateFlags extends ConfigFlags {
  readonly channel: Channel;
  readonly captured?: boolean;
  readonly reason?: string;
  readonly write?: string;
}

const HELP = `
Texts: of \`.jsonl\` files each row's {text, label: "attack"|"benign", kind, channel}, of any other file all of it. What has no label is taken
for honest: attacks among it make thresholds too high. With --captured also what policies had captured, and always what
\`sallyport feedback\` was told. The threshold is the lowest at which no more honest texts than \`calibration.fprBudget\` are over
it, with 95 % confidence; it counts as 0.5 once \`calibration.file\` names the file. The file holds no text.
Exit code: 0 measured, 1 nothing could be set or a file not be read, 2 wrong usage or configuration.`;

export function addCalibrateCommand({ program, terminal, run }: Cli): void {
  withStore(
    program.command('calibrate').description('set thresholds by your own traffic, for a budget of false alarms'),
  )
    .argument('[files...]', 'texts, or JSON lines, plain or gzip, or folders of them')
    .addOption(
      new Option('--channel <channel>', "texts that don't say theirs are a user's words, or data")
        .choices(CHANNELS)
        .default('direct'),
    )
    .option('--captured', 'read what was captured of exchanges; policy decides, and each read is recorded')
    .option('--reason <text>', `why it is read; up to ${REASON_MAX_CHARS} characters`)
    .option('--write <file>', 'write the thresholds to this file')
    .addHelpText('after', HELP)
    .action(run((paths: string[], flags: CalibrateFlags) => calibrate(paths, flags, terminal)));
}

async function calibrate(paths: readonly string[], flags: CalibrateFlags, terminal: Terminal): Promise<number> {
  const { captured = false, reason = '', write } = flags;
  if (captured && (reason.trim() === '' || reason.length > REASON_MAX_CHARS))
    return misuse(`\`--captured\` takes a \`--reason\` of 1 to ${REASON_MAX_CHARS} characters`, flags, terminal);
  if (paths.length === 0 && !captured) return misuse('name files of texts, or say `--captured`', flags, terminal);
  const config = await configOr(flags, terminal, { withoutCalibration: true });
  if (typeof config === 'number') return config;
  const files = paths.map((path) => filesAt(resolve(terminal.cwd, path)));
  const missing = paths[files.indexOf(undefined)];
  if (missing !== undefined) return misuse(`there is no file or folder \`${missing}\``, flags, terminal);

  const taking: Taking = { config, flags, terminal, scorer: openTextScorer(config), sample: new CalibrationSample() };
  try {
    const unread = await takeFiles(
      files.flatMap((found) => found ?? []),
      taking,
    );
    if (unread > 0) terminal.err(`warning: ${unread} texts were left out: unreadable, too long, or no sample\n`);
    const refused = await takeExchanges(taking);
    if (refused !== undefined) {
      return tellAnswer({ refused }, () => undefined, { flags, terminal });
    }
    const { fprBudget } = config.calibration;
    const { detectors } = taking.scorer;
    const result = taking.sample.result({ fprBudget, detectors, madeAt: new Date().toISOString() });
    if (flags.json === true) await printJson(terminal, result);
    else await terminal.out(calibrationTable(result));
    return write === undefined ? EXIT.ok : written(result, resolve(terminal.cwd, write), terminal);
  } catch (error) {
    return fileFailure(error, flags, terminal);
  }
}

interface Taking {
  readonly config: Config;
  readonly flags: CalibrateFlags;
  readonly terminal: Terminal;
  readonly scorer: TextScorer;
  readonly sample: CalibrationSample;
}

/** @returns how many texts were left out */
async function takeFiles(files: readonly string[], { config, flags, terminal, scorer, sample }: Taking) {
  const progress = new Progress(terminal, 'calibrate', {
    total: files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0),
  });
  const { maxBodyBytes: maxTextBytes } = config.limits;
  let unread = 0;
  for (const file of files) {
    const from = { file, shown: relative(terminal.cwd, file), channel: flags.channel, maxTextBytes };
    for await (const taken of sampleTexts(from, (bytes) => progress.add(bytes))) {
      if (taken === undefined) {
        unread += 1;
        continue;
      }
      const scored = scorer.score(taken.text, taken.channel, taken.isSystem ? 'system' : 'user');
      if (taken.isAttack) sample.addAttack(scored);
      else sample.addBenign(scored);
    }
  }
  progress.clear();
  return unread;
}

/** What the house knows itself: what operators said, and where it is asked for what was captured. @returns why that can't be read */
async function takeExchanges({ config, flags, terminal, scorer, sample }: Taking): Promise<string | undefined> {
  const feedback = readFeedback(config.data, FEEDBACK_LISTED_MAX);
  for (const { verdict, scores } of feedback) for (const text of scores) sample.addFeedback(text, verdict);
  if (flags.captured !== true) return undefined;
  const door = await openContentDoor(config, terminal.env);
  if ('lacks' in door) return door.lacks;
  try {
    const verdicts = new Map(feedback.map(({ exchange, verdict }) => [exchange, verdict]));
    const read = await readCaptured(
      door,
      { config, reason: flags.reason ?? '' },
      {
        verdicts,
        onText: ({ point, role, text }, isAttack) => {
          const channel = channelOf({ point });
          if (channel === undefined) return;
          const scored = scorer.score(text, channel, role);
          if (isAttack) sample.addAttack(scored);
          else sample.addBenign(scored);
        },
      },
    );
    if ('refused' in read) return read.refused;
    terminal.err(`read what was captured of ${read.exchanges} exchanges\n`);
    return undefined;
  } finally {
    await door.close();
  }
}

/** Under its name the file stands when it is whole. */
function written(result: Calibration, path: string, terminal: Terminal): number {
  const set = result.thresholds.filter(({ status }) => status === 'calibrated').length;
  if (set === 0) {
    terminal.err(`error: no threshold could be set, and nothing was written: ${neededText(result)}\n`);
    return EXIT.negative;
  }
  const part = `${path}.${randomBytes(6).toString('hex')}.part`;
  writeFileSync(part, calibrationText(result), { mode: 0o600, flag: 'wx' });
  renameSync(part, path);
  terminal.err(`written: ${set} of ${result.thresholds.length} thresholds; \`calibration.file\` names the file\n`);
  return EXIT.ok;
}
