import { describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const HEAD = `# Commands

<!-- Made from the commands' own help: edit that, then \`npx vitest run packages/cli/src/commands/reference -u\`. -->

Every command that reports takes \`--json\` and then prints exactly one JSON document on standard output (\`audit export\`
prints one record a line); everything else goes to standard error.
`;

async function helpOf(command: string): Promise<string> {
  const terminal = capturedTerminal();
  await main([...command.split(' ').filter((word) => word !== ''), '--help'], terminal);
  return terminal.printed;
}

/** Names below a command, in its own order, from its help. */
function subcommandsIn(help: string): readonly string[] {
  const list = /\nCommands:\n([\s\S]*?)(?:\n\n|\n?$)/.exec(help)?.[1] ?? '';
  return [...list.matchAll(/^ {2}([a-z]+(?:-[a-z]+)*)/gm)].flatMap(([, name]) =>
    name === undefined || name === 'help' ? [] : [name],
  );
}

describe('docs/reference/commands.md', () => {
  test("is every command's help", async () => {
    const sections: string[] = [];
    const visit = async (command: string): Promise<void> => {
      const help = await helpOf(command);
      sections.push(`## \`${`sallyport ${command}`.trim()}\`\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`);
      for (const name of subcommandsIn(help)) await visit(`${command} ${name}`.trim());
    };
    await visit('');
    expect(sections.length).toBeGreaterThan(10);
    await expect([HEAD, ...sections].join('\n')).toMatchFileSnapshot('../../../../docs/reference/commands.md');
  });
});
