import { join, relative, resolve } from 'node:path';
import { CHECKPOINTS, type Checkpoint, ROLES, type Role } from '@sallyport/core';
import { openInspection } from '@sallyport/runtime';
import { Option } from 'commander';
import {
  type Cli,
  CONFIG_FLAG,
  type ConfigFlags,
  configOr,
  JSON_FLAG,
  misuse,
  reportPolicyProblems,
} from '../command.ts';
import { Progress } from '../progress.ts';
import { fileInput, itemsOf, type ScanInput, sizeOf } from '../scan/scan-items.ts';
import { ScanReport } from '../scan/scan-report.ts';
import { ROLE_AT, scanText } from '../scan/scan-text.ts';
import type { Terminal } from '../terminal.ts';
import { filesAt } from '../text-files.ts';

interface ScanFlags extends ConfigFlags {
  readonly field?: string;
  readonly text?: string[];
  readonly point: Checkpoint;
  readonly role?: Role;
}

const HELP = `
A target is a file, a folder, \`-\` for standard input, or the text itself; \`.gz\` files are unpacked. Findings are shown
without the text that they matched. What is larger than \`limits.maxBodyBytes\`, or not UTF-8 text, is reported as not inspected.
Exit code by the strongest effect: 0 allow, 10 flag, 11 redact, 12 ask, 13 block; 1 nothing found but not everything was
inspected; 2 wrong usage or configuration.`;

export function addScanCommand({ program, terminal, run }: Cli): void {
  program
    .command('scan')
    .description('look at texts as the gateway would')
    .argument('[targets...]', 'files, folders, `-` or a text')
    .option('--text <text...>', 'texts that might be taken for file names')
    .option('--field <name>', 'input is JSON lines: take this field of each, such as `text` or `message.content`')
    .addOption(new Option('--point <checkpoint>', 'where the text stands').choices(CHECKPOINTS).default('input'))
    .addOption(new Option('--role <role>', 'who speaks (default: by the checkpoint)').choices(ROLES))
    .option(...JSON_FLAG)
    .option(...CONFIG_FLAG)
    .addHelpText('after', HELP)
    .action(run((targets: string[], flags: ScanFlags) => scanCommand(targets, flags, terminal)));
}

async function scanCommand(targets: readonly string[], flags: ScanFlags, terminal: Terminal): Promise<number> {
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  if (targets.length === 0 && flags.text === undefined) return misuse('nothing to scan', flags, terminal);
  const sized: { input: Target; bytes: number }[] = [];
  for (const target of targets) {
    const found = resolveTarget(target, terminal);
    if (found === undefined)
      return misuse(`there is no file or folder \`${target}\`; for a text use --text`, flags, terminal);
    sized.push(...found);
  }
  const texts = [...sized.map(({ input }) => input), ...(flags.text ?? []).map((text) => ({ text }))];
  const opened = openInspection(config);
  if ('problems' in opened) return reportPolicyProblems(opened.problems, flags, terminal);

  const question = { point: flags.point, role: flags.role ?? ROLE_AT[flags.point] };
  const limits = { maxTextBytes: config.limits.maxBodyBytes, field: flags.field };
  const progress = new Progress(terminal, 'scan', { total: sized.reduce((sum, { bytes }) => sum + bytes, 0) });
  const beside: Terminal = {
    ...terminal,
    out: (text) => {
      progress.clear();
      return terminal.out(text);
    },
  };
  const report = new ScanReport(beside, { json: flags.json === true });
  await report.begin(question);
  for (const target of texts) {
    if ('text' in target) {
      await report.add({ source: 'text', ...scanText(target.text, question, opened) });
      continue;
    }
    const input = target.of((bytes) => progress.add(bytes));
    for await (const item of itemsOf(input, limits)) {
      if ('skipped' in item) {
        await report.skip(item);
      } else {
        const { text, ...place } = item;
        await report.add({ ...place, ...scanText(text, question, opened) });
      }
    }
  }
  progress.clear();
  return report.end();
}

/** An input that reports its bytes once it is known to whom; or a text as it is. */
type Target = { readonly of: (onBytes: (bytes: number) => void) => ScanInput } | { readonly text: string };

function resolveTarget(target: string, terminal: Terminal): readonly { input: Target; bytes: number }[] | undefined {
  if (target === '-') return [{ input: { of: () => ({ source: '-', open: () => terminal.stdin }) }, bytes: 0 }];
  const path = resolve(terminal.cwd, target);
  const files = filesAt(path);
  if (files === undefined) return looksLikePath(target) ? undefined : [{ input: { text: target }, bytes: 0 }];
  return files.map((file) => ({
    input: { of: (onBytes) => fileInput(file, join(target, relative(path, file)), onBytes) },
    bytes: sizeOf(file),
  }));
}

/** A word with a slash or an extension is a mistyped file name, not a text that happens to be harmless. */
function looksLikePath(target: string): boolean {
  return !/\s/.test(target) && /[/\\]|\.[A-Za-z0-9]{1,8}$/.test(target);
}
