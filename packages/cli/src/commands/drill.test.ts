import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DrillResult } from '@sallyport/redteam';
import { type RunningGateway, startGateway } from '@sallyport/gateway';
import { loadConfig, openDrillDesk } from '@sallyport/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedTerminal } from '../fixtures/captured-terminal.ts';
import { main } from '../main.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sallyport-drill-'));
const KEY = 'secret-of-the-key-for-drills';
let gateway: RunningGateway;

// A policy of our own, so that the test says what must be stopped and no rule of the product decides it.
const POLICIES = `@id("shop-words")
@effect("block")
forbid (principal, action == Action::"input", resource) when { context.risk.custom >= 900 };
@id("shop-shell")
@effect("block")
forbid (principal, action == Action::"tool-call", resource == Tool::"run_shell");`;

beforeAll(async () => {
  for (const set of ['access', 'guard']) mkdirSync(join(cwd, 'policies', set), { recursive: true });
  writeFileSync(join(cwd, 'policies', 'guard', 'shop.cedar'), POLICIES);
});
