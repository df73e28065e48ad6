import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readStarterPack, type StarterPack, starterFolder } from '@sallyport/runtime';
import { type Cli, type ConfigFlags, misuse, printJson, reportPolicyProblems } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { fileFailure } from '../row-files.ts';

/** `sallyport policy copy`: a starter pack as a folder of one's own, with its cases. */
export function copyCommand({ terminal, run }: Cli) {
  return run(async (pack: StarterPack, folder: string, flags: ConfigFlags): Promise<number> => {
    const path = resolve(terminal.cwd, folder);
    if (existsSync(path) && readdirSync(path).length > 0) {
      return misuse(`\`${folder}\` is there and not empty`, flags, terminal);
    }
    const reading = readStarterPack(pack);
    if (!reading.ok) return reportPolicyProblems(reading.problems, flags, terminal);
    try {
      for (const set of ['access', 'guard'] as const) {
        mkdirSync(join(path, set), { recursive: true });
        for (const { name, text } of reading.sources[set]) writeFileSync(join(path, set, name), text, { flag: 'wx' });
      }
      const cases = join(starterFolder(pack), 'tests');
      mkdirSync(join(path, 'tests'));
      for (const name of readdirSync(cases)) copyFileSync(join(cases, name), join(path, 'tests', name));
    } catch (error) {
      return fileFailure(error, flags, terminal);
    }
    const files = reading.sources.access.length + reading.sources.guard.length;
    if (flags.json === true) await printJson(terminal, { ok: true, files });
    else
      await terminal.out(
        `${files} files in ${folder}; with \`policies: { starter: false, folder: ${folder} }\` they are in force\n`,
      );
    return EXIT.ok;
  });
}
