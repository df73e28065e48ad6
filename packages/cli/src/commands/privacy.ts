import { randomBytes } from 'node:crypto';
import { appendFileSync, closeSync, existsSync, linkSync, openSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Subject } from '@sallyport/core';
import {
  type ErasedSubject,
  type ExportPage,
  namesSubject,
  openAuditTrail,
  parseSubject,
  REASON_MAX_CHARS,
  type ShownPayload,
} from '@sallyport/runtime';
import { visibleText } from '@sallyport/text';
import type { Command } from 'commander';
import { type Cli, type ConfigFlags, configOr, DATA_FLAG, misuse } from '../command.ts';
import { type ContentDoor, type DoorAnswer, openContentDoor } from '../content-door.ts';
import { EXIT } from '../exit-code.ts';
import { oneLine, tellAnswer, withGateway } from '../gateway-command.ts';
import type { Terminal } from '../terminal.ts';

interface StepFlags extends ConfigFlags {
  readonly reason: string;
}

interface SubjectFlags extends StepFlags {
  readonly subject: string;
}

interface ExportFlags extends SubjectFlags {
  readonly out: string;
}

const REASON = ['--reason <text>', `why, for the audit log; up to ${REASON_MAX_CHARS} characters`] as const;
const SUBJECT = ['--subject <subject>', 'user:<tenant>/<kind>/<id>, session:<id> or tenant:<name>'] as const;

export function addPrivacyCommand({ program, terminal, run }: Cli): void {
  const privacy = program
    .command('privacy')
    .description('content under lock: captured texts and redacted values; with a gateway that runs, and without');
  step(privacy.command('show').description('what was captured of an exchange').argument('<exchange>', 'its id')).action(
    run((exchange: string, flags: StepFlags) => show(exchange, flags, terminal)),
  );
  step(
    privacy
      .command('reveal')
      .description('the value that a placeholder of an exchange stands for')
      .argument('<exchange>', 'its id')
      .argument('<placeholder>', 'such as [EMAIL_1]'),
  ).action(
    run((exchange: string, placeholder: string, flags: StepFlags) =>
      reveal({ exchange, placeholder }, flags, terminal),
    ),
  );
  step(privacy.command('export').description('all that is held of a subject, and the records that name it, to a file'))
    .requiredOption(...SUBJECT)
    .requiredOption('--out <file>', 'file that is made, a JSON document a line, for its owner alone')
    .action(run((flags: ExportFlags) => exportSubject(flags, terminal)));
  step(privacy.command('erase').description("destroy a subject's data keys, for good, and what they sealed"))
    .requiredOption(...SUBJECT)
    .action(run((flags: SubjectFlags) => erase(flags, terminal)));
  step(
    privacy
      .command('rotate')
      .description('put all data keys under the first of the key-encryption keys that are given'),
  ).action(run((flags: StepFlags) => rotate(flags, terminal)));
}

function step(command: Command): Command {
  return withGateway(command)
    .option(...DATA_FLAG)
    .requiredOption(...REASON);
}

interface Doing<Body> {
  readonly ask: (door: ContentDoor) => Promise<DoorAnswer<Body>>;
  readonly tell: (body: Body) => Promise<void> | void;
}

async function withDoor<Body>(flags: StepFlags, terminal: Terminal, { ask, tell }: Doing<Body>): Promise<number> {
  const reason = flags.reason.trim();
  if (reason === '' || reason.length > REASON_MAX_CHARS) {
    return misuse(`a reason has 1 to ${REASON_MAX_CHARS} characters`, flags, terminal);
  }
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const door = await openContentDoor(config, terminal.env);
  if ('lacks' in door) return misuse(door.lacks, flags, terminal);
  try {
    return await tellAnswer(await ask(door), tell, { flags, terminal });
  } finally {
    await door.close();
  }
}

function show(exchange: string, flags: StepFlags, terminal: Terminal): Promise<number> {
  return withDoor(flags, terminal, {
    ask: (door) => door.show(exchange, flags.reason),
    tell: ({ payloads }) => terminal.out(payloads.map(described).join('')),
  });
}

/** Content is somebody else's words: nothing of it may pass for ours, or write on the terminal. */
function described({ part, at, texts, values, proven }: ShownPayload): string {
  const vouched = proven ? 'the log vouches for it' : 'the log does NOT vouch for it';
  const kept = typeof values === 'number' && values > 0 ? `, ${values} in the vault` : '';
  const lines = texts.flatMap(({ point, where, form, text, cutChars }) => [
    `  ${point}  ${oneLine(where)}  ${form}${cutChars === undefined ? '' : `, ${cutChars} characters cut`}`,
    ...visibleText(text)
      .split('\n')
      .map((line) => `  | ${line}`),
  ]);
  return `${[`${part}  ${at}  ${vouched}${kept}`, ...lines].join('\n')}\n`;
}

function reveal(
  at: { readonly exchange: string; readonly placeholder: string },
  flags: StepFlags,
  terminal: Terminal,
): Promise<number> {
  return withDoor(flags, terminal, {
    ask: (door) => door.reveal(at, flags.reason),
    tell: ({ value }) => terminal.out(`${visibleText(value)}\n`),
  });
}

function erase(flags: SubjectFlags, terminal: Terminal): Promise<number> {
  const subject = parseSubject(flags.subject);
  if (subject === undefined) return misuse(NO_SUBJECT, flags, terminal);
  return withDoor<ErasedSubject>(flags, terminal, {
    ask: (door) => door.erase(subject, flags.reason),
    tell: ({ generations, keys, payloads }) =>
      terminal.err(
        generations === 0
          ? 'nothing is held of this subject\n'
          : `erased: ${keys} data ${keys === 1 ? 'key' : 'keys'}, ${payloads} ${payloads === 1 ? 'payload' : 'payloads'}\n`,
      ),
  });
}

function rotate(flags: StepFlags, terminal: Terminal): Promise<number> {
  return withDoor(flags, terminal, {
    ask: (door) => door.rotate(flags.reason),
    tell: ({ rewrapped, keyId }) =>
      terminal.err(`${rewrapped} data ${rewrapped === 1 ? 'key was' : 'keys were'} put under \`${keyId}\`\n`),
  });
}

const NO_SUBJECT = 'a subject is `user:<tenant>/<kind>/<id>`, `session:<id>` or `tenant:<name>`';

async function exportSubject(flags: ExportFlags, terminal: Terminal): Promise<number> {
  const subject = parseSubject(flags.subject);
  if (subject === undefined) return misuse(NO_SUBJECT, flags, terminal);
  const config = await configOr(flags, terminal);
  if (typeof config === 'number') return config;
  const path = resolve(terminal.cwd, flags.out);
  // Under its name it stands when it is whole: a part of what is held would pass for all of it, whatever ended the command.
  const part = `${path}.${randomBytes(6).toString('hex')}.part`;
  const file = existsSync(path) ? undefined : newFile(part);
  if (file === undefined)
    return misuse('`--out` must name a file that can be made and is not there yet', flags, terminal);
  try {
    const code = await withDoor<Exported>(flags, terminal, {
      ask: (door) => exportTo(file, { door, subject, reason: flags.reason, dataFolder: config.data }),
      tell: ({ payloads, records }) => terminal.err(`exported: ${payloads} payloads, ${records} records\n`),
    });
    if (code === EXIT.ok) linkSync(part, path);
    return code;
  } finally {
    closeSync(file);
    rmSync(part, { force: true });
  }
}

function newFile(path: string): number | undefined {
  try {
    return openSync(path, 'wx', 0o600);
  } catch {
    return undefined;
  }
}

interface Exported {
  readonly payloads: number;
  readonly records: number;
}

interface Exporting {
  readonly door: ContentDoor;
  readonly subject: Subject;
  readonly reason: string;
  readonly dataFolder: string;
}

async function exportTo(file: number, { door, subject, reason, dataFolder }: Exporting): Promise<DoorAnswer<Exported>> {
  const line = (value: object) => appendFileSync(file, `${JSON.stringify(value)}\n`);
  let page: ExportPage | undefined;
  let payloads = 0;
  do {
    const answer: DoorAnswer<ExportPage> = await door.exportPage({ subject, after: page?.next ?? 0 }, reason);
    if ('refused' in answer) return answer;
    page = answer.body;
    for (const payload of page.payloads) line({ kind: 'payload', ...payload });
    payloads += page.payloads.length;
  } while (page.next !== undefined);
  let records = 0;
  const trail = openAuditTrail(dataFolder);
  try {
    for (const { index, record } of trail.records({})) {
      if (!namesSubject(record, subject, page.subject)) continue;
      line({ kind: 'record', index, record });
      records += 1;
    }
  } finally {
    await trail.close();
  }
  return { body: { payloads, records } };
}
