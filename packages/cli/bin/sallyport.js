#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('sallyport is not built yet: run `npm run build` in the checkout, or `npm start`\n');
  process.exit(2);
}
const { main: run, processTerminal } = await import(main.href);
process.exitCode = await run(process.argv.slice(2), processTerminal());
