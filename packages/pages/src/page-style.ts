import { HEAT_STEPS } from './heat-table.ts';

/** Colours after M. Okabe and K. Ito, "Color Universal Design", 2008: told apart with any kind of sight. */
const LIGHT = ['#0072b2', '#d55e00', '#009e73', '#aa4499', '#8a6d00', '#3a8fc4', '#444444'] as const;
const DARK = ['#56b4e9', '#ff8c42', '#35c99b', '#e08ac6', '#e6cf4a', '#8fd0f7', '#c8c8c8'] as const;

function colours(row: readonly string[]): string {
  return row.map((colour, at) => `--c${at}: ${colour};`).join(' ');
}

const HEAT = Array.from(
  { length: HEAT_STEPS },
  (_, at) =>
    `.heat${at + 1} { background: color-mix(in srgb, var(--c0) ${Math.round(((at + 1) / HEAT_STEPS) * 45)}%, transparent); }`,
).join('\n');

const DRAWN = LIGHT.map(
  (_, at) => `.line${at} { stroke: var(--c${at}); fill: none; stroke-width: 2; } .fill${at} { fill: var(--c${at}); }`,
).join('\n');

/** Of every page: ink on paper, and on a dark screen the other way round; on paper what is folded away is left out. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fbfaf7; --soft: #5c646e; --line: #d9d5cc; --good: #1f6f43; --part: #8a5a00; --bad: #a1260d; ${colours(LIGHT)} }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e1; --paper: #16181b; --soft: #9aa3ad; --line: #33373d; --good: #6fce97; --part: #e2b15b; --bad: #ff8a73; ${colours(DARK)} } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 ui-sans-serif, system-ui, sans-serif; }
header, main { max-width: 60rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3rem; } main { padding-bottom: 4rem; }
.kicker { margin: 0; color: var(--soft); letter-spacing: 0.08em; text-transform: uppercase; font-size: 0.78rem; }
h1 { margin: 0.2rem 0 0.6rem; font-size: 2rem; line-height: 1.15; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 0.8rem; padding-bottom: 0.3rem; border-bottom: 1px solid var(--line); font-size: 1.25rem; overflow-wrap: anywhere; }
h3 { margin: 0 0 0.5rem; font-size: 1.05rem; overflow-wrap: anywhere; }
p { overflow-wrap: anywhere; }
.id { font-family: ui-monospace, monospace; color: var(--soft); margin-right: 0.3rem; }
.none, .note { color: var(--soft); }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.3rem 1.2rem; margin: 0 0 1rem; }
dl.facts dt, dl.keys dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
dl.keys { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 0.8rem; margin: 0 0 1rem; }
dl.keys > div { padding: 0.7rem 0.9rem; border: 1px solid var(--line); border-radius: 6px; break-inside: avoid; }
dl.keys .value { font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums; } dl.keys .note { font-size: 0.82rem; }
article { margin: 1.2rem 0; padding: 1rem 1.2rem; border: 1px solid var(--line); border-left-width: 4px; border-radius: 6px; }
article.good { border-left-color: var(--good); } article.part { border-left-color: var(--part); } article.bad { border-left-color: var(--bad); }
.badge { font-size: 0.78rem; color: var(--soft); white-space: nowrap; }
.badge.good { color: var(--good); } .badge.part { color: var(--part); } .badge.bad, .bad-words { color: var(--bad); }
.statement { margin: 0.6rem 0; } .statement p, .lead { margin: 0.2rem 0; } .statement ul { margin: 0.2rem 0 0.6rem; color: var(--soft); font-size: 0.9rem; overflow-wrap: anywhere; }
.lead { font-weight: 600; font-size: 0.9rem; }
.wide { overflow-x: auto; margin: 0.5rem 0 1rem; }
table { border-collapse: collapse; font-size: 0.9rem; } caption { text-align: left; color: var(--soft); padding-bottom: 0.3rem; }
th { font-weight: normal; } thead th { color: var(--soft); vertical-align: bottom; }
th, td { padding: 0.15rem 1.2rem 0.15rem 0; vertical-align: top; } .left { text-align: left; overflow-wrap: anywhere; max-width: 28rem; } .right { text-align: right; font-variant-numeric: tabular-nums; }
tbody tr { border-bottom: 1px solid var(--line); } tbody th { font-family: ui-monospace, monospace; }
td.bar { width: 14rem; min-width: 8rem; vertical-align: middle; } svg.bar { display: block; width: 100%; height: 0.9rem; }
.heat td { padding: 0.15rem 0.6rem; }
figure { margin: 1.2rem 0; } figcaption { font-weight: 600; overflow-wrap: anywhere; } figure > p { margin: 0.1rem 0 0.4rem; color: var(--soft); font-size: 0.9rem; }
figure > svg { display: block; width: 100%; height: auto; }
.smalls { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 0.8rem 1.2rem; } .small { margin: 0; break-inside: avoid; } .small figcaption { font-size: 0.85rem; font-weight: normal; } .small p { font-size: 0.78rem; }
.grid { stroke: var(--line); stroke-width: 1; } .tick { fill: var(--soft); font-size: 11px; } .tick.end { text-anchor: end; } .tick.middle { text-anchor: middle; }
.range { opacity: 0.18; } .stretch { fill: var(--soft); opacity: 0.14; } .event line { stroke: var(--bad); stroke-width: 1; stroke-dasharray: 3 2; } .event text { fill: var(--bad); }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; margin: 0.3rem 0; padding: 0; list-style: none; font-size: 0.85rem; } svg.key { width: 24px; height: 8px; } svg.swatch { width: 0.7rem; height: 0.7rem; }
.events { margin: 0.3rem 0; font-size: 0.85rem; } .events time { font-variant-numeric: tabular-nums; color: var(--soft); } summary { color: var(--soft); font-size: 0.85rem; cursor: pointer; }
pre { padding: 0.8rem 1rem; border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
${DRAWN}
${HEAT}
@media print { body { font-size: 11pt; } header { padding-top: 0; } figure, article, tr { break-inside: avoid; } .wide { overflow: visible; } details:not([open]) { display: none; } svg, .heat td { print-color-adjust: exact; } }
`;
