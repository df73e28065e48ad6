import { resolve } from 'node:path';
import { type Config, type PoliciesConfig, STARTER_PACKS, type StarterPack } from '@sallyport/runtime';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CONFIG_FLAG, type ConfigFlags, DATA_FLAG, JSON_FLAG } from '../command.ts';
import { atLeastOne, wholeNumber } from '../numbers.ts';
import type { Terminal } from '../terminal.ts';

/** Which policies a command is about. */
export interface PolicyFlags extends ConfigFlags {
  readonly starter?: boolean;
  readonly pack?: StarterPack;
}

/** Which recorded decisions a command reads. */
export interface RecordFlags extends ConfigFlags {
  readonly records?: string;
  readonly from?: string;
  readonly to?: string;
  readonly sample?: number;
  readonly drills?: boolean;
  readonly seed: number;
}

export function withConfig(command: Command): Command {
  return command.option(...CONFIG_FLAG).option(...JSON_FLAG);
}

export function withStarter(command: Command): Command {
  return withConfig(command)
    .option('--no-starter', 'without the starter policies; with a folder')
    .addOption(new Option('--pack <name>', 'another starter pack than the configured one').choices(STARTER_PACKS));
}

export function withRecords(command: Command): Command {
  return command
    .option(...DATA_FLAG)
    .option(
      '--records <file>',
      'JSON lines, plain or gzip, as `sallyport audit export` prints them, instead of the data folder',
    )
    .option('--from <time>', 'records from this time on, such as 2026-01-31 or 2026-01-31T08:00:00Z', time)
    .option('--to <time>', 'records before this time', time)
    .option('--sample <n>', 'so many records, drawn at random, instead of all', atLeastOne)
    .option('--seed <n>', 'draws the same sample again', wholeNumber, 0)
    .option('--drills', 'count what drills asked for too');
}

function time(text: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z)?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('must be a date or a time in UTC, after RFC 3339');
  return new Date(ms).toISOString();
}

/** Whether a command that reads recorded decisions counts those of drills. */
export function drillsOf({ drills }: RecordFlags): { readonly drills: boolean } {
  return { drills: drills === true };
}

/**
 * The policies that a command is about: those of a folder beside the starter ones, or all that the configuration names. A folder
 * that is looked at before it is in force needs no signature.
 */
export function policiesFor(
  folder: string | undefined,
  { starter, pack }: PolicyFlags,
  { config, terminal }: { readonly config: Config; readonly terminal: Terminal },
): PoliciesConfig {
  const chosen = pack ?? config.policies.pack;
  const packed = chosen === undefined ? {} : { pack: chosen };
  if (folder === undefined) return { ...config.policies, ...packed };
  return { starter: starter !== false, ...packed, folder: resolve(terminal.cwd, folder), ...knownTools(config) };
}

/** What policies of any folder may name of the configured servers. */
export function knownTools({ policies: { toolSchemas } }: Config): Pick<PoliciesConfig, 'toolSchemas'> {
  return toolSchemas === undefined ? {} : { toolSchemas };
}
