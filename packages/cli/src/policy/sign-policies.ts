import { writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { findingTypesOf, signPolicies } from '@sallyport/runtime';
import { type Cli, configOr, printJson } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { fileFailure } from '../row-files.ts';
import { type PolicyFlags, policiesFor } from './policy-flags.ts';

interface SignFlags extends PolicyFlags {
  readonly key: string;
  readonly name?: string;
  readonly setVersion?: number;
}

/** `sallyport policy sign`: vouches for a folder as it is. */
export function signCommand({ terminal, run }: Cli) {
  return run(async (folder: string, flags: SignFlags): Promise<number> => {
    const config = await configOr(flags, terminal);
    if (typeof config === 'number') return config;
    const path = resolve(terminal.cwd, folder);
    const signed = signPolicies(policiesFor(folder, flags, { config, terminal }), findingTypesOf(config), {
      name: flags.name ?? basename(path),
      createdAt: new Date().toISOString(),
      keyFile: resolve(terminal.cwd, flags.key),
      ...(flags.setVersion !== undefined && { version: flags.setVersion }),
    });
    if (!signed.ok) {
      for (const problem of signed.problems) terminal.err(`error: ${problem}\n`);
      if (flags.json === true) await printJson(terminal, { ok: false, problems: signed.problems });
      return EXIT.negative;
    }
    try {
      writeFileSync(join(path, 'bundle.json'), signed.text);
    } catch (error) {
      return fileFailure(error, flags, terminal);
    }
    const { name, version, policySet } = signed.claims;
    if (flags.json === true) await printJson(terminal, { ok: true, ...signed.claims, files: signed.files });
    else {
      await terminal.out(`${name} version ${version}: ${signed.files} files signed, set ${policySet.slice(0, 12)}\n`);
    }
    return EXIT.ok;
  });
}
