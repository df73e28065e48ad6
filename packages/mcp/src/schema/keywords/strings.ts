import type { Check, CheckRun } from '../check-run.ts';
import { FORMATS } from '../format/formats.ts';
import type { SchemaSite } from '../schema-site.ts';

/** `minLength`, `maxLength`, `pattern`, `format`. */
export function readStrings(site: SchemaSite): Check[] {
  const checks: Check[] = [];
  const min = site.count('minLength');
  const max = site.count('maxLength');
  if (min !== undefined) {
    checks.push((value, run) => typeof value !== 'string' || reaches(value, min, run) || run.fail('minLength'));
  }
  if (max !== undefined) {
    checks.push((value, run) => typeof value !== 'string' || !reaches(value, max + 1, run) || run.fail('maxLength'));
  }
  const source = site.text('pattern');
  const pattern = source === undefined ? undefined : site.pattern(source, 'pattern');
  if (pattern !== undefined) {
    checks.push((value, run) => typeof value !== 'string' || pattern.matches(value, run) || run.fail('pattern'));
  }
  const fits = FORMATS.get(site.text('format') ?? '');
  if (fits !== undefined) {
    checks.push((value, run) => {
      if (typeof value !== 'string') return true;
      return run.spend(value.length >>> 4) && (fits(value) || run.fail('format'));
    });
  }
  return checks;
}

/** Whether a text has so many code points; they are counted only where its units leave that open. */
function reaches(text: string, count: number, run: CheckRun): boolean {
  if (text.length < count) return false;
  if (text.length >= count * 2) return true;
  if (!run.spend(text.length >>> 4)) return false;
  let points = text.length;
  for (let at = 1; at < text.length; at++) {
    if (isTrail(text.charCodeAt(at)) && isLead(text.charCodeAt(at - 1))) points -= 1;
  }
  return points >= count;
}

function isLead(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isTrail(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
