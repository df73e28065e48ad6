import {
  type Config,
  type ConfigOptions,
  describeProblem,
  formatProblem,
  type LoadConfigInput,
  loadConfig,
  type PolicyProblem,
} from '@sallyport/runtime';
import type { Command } from 'commander';
import { EXIT } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** What a command is given: where to hang its options, the world, and where its exit code goes. */
export interface Cli {
  readonly program: Command;
  readonly terminal: Terminal;
  /** Wraps a command's body: the number that it resolves to becomes the exit code. */
  run<Args extends unknown[]>(body: (...args: Args) => Promise<number>): (...args: Args) => Promise<void>;
}

export interface ConfigFlags extends ConfigOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export const CONFIG_FLAG = [
  '--config <file>',
  'configuration file (default: sallyport.yaml, if there is one)',
] as const;
export const DATA_FLAG = ['--data <folder>', 'folder of the embedded store (default: ./data)'] as const;
export const JSON_FLAG = ['--json', 'print one JSON document on standard output'] as const;

/** The flags of a command that works on the data folder itself. */
export function withStore(command: Command): Command {
  return command
    .option(...DATA_FLAG)
    .option(...CONFIG_FLAG)
    .option(...JSON_FLAG);
}

export interface Opening<Opened> {
  readonly flags: ConfigFlags;
  readonly terminal: Terminal;
  readonly open: (config: Config) => Opened;
}

/** Opens what the body works on, and closes it again whatever comes. @returns the exit code */
export async function withOpened<Opened extends { close(): void | Promise<void> }>(
  { flags, terminal, open }: Opening<Opened>,
  body: (opened: Opened) => Promise<number>,
): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const opened = open(config);
  try {
    return await body(opened);
  } finally {
    await opened.close();
  }
}

/** The configuration, or the exit code after its problems were printed. Flags of the command's own are left alone. */
export async function configOr(
  flags: ConfigFlags,
  terminal: Terminal,
  reading: Pick<LoadConfigInput, 'withoutCalibration' | 'servers'> = {},
): Promise<Config | number> {
  const { config: path, json, data, host, port, adminHost, adminPort, audit, logLevel } = flags;
  const options = { data, host, port, adminHost, adminPort, audit, logLevel };
  const loaded = loadConfig({ path, env: terminal.env, options, cwd: terminal.cwd, ...reading });
  if ('config' in loaded) {
    for (const warning of loaded.warnings) terminal.err(`warning: ${formatProblem(warning)}\n`);
    return loaded.config;
  }
  for (const problem of loaded.problems) terminal.err(`${formatProblem(problem)}\n`);
  if (json === true) await printJson(terminal, { ok: false, problems: loaded.problems });
  return EXIT.usage;
}

export function printJson(terminal: Terminal, value: unknown): Promise<void> {
  return terminal.out(`${JSON.stringify(value)}\n`);
}

/** A wrong use that commander cannot see. */
export async function misuse(
  message: string,
  { json }: Pick<ConfigFlags, 'json'>,
  terminal: Terminal,
): Promise<number> {
  terminal.err(`error: ${message}\n`);
  if (json === true) await printJson(terminal, { ok: false, problems: [{ path: '', message }] });
  return EXIT.usage;
}

/** Policies that are not valid: the same answer from every command that needs them. */
export async function reportPolicyProblems(
  problems: readonly PolicyProblem[],
  { json }: Pick<ConfigFlags, 'json'>,
  terminal: Terminal,
): Promise<number> {
  for (const problem of problems) terminal.err(`${describeProblem(problem)}\n`);
  if (json === true) await printJson(terminal, { ok: false, problems });
  return EXIT.negative;
}
