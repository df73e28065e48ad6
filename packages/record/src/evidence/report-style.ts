/** Of the report: ink on paper, and on a dark screen the other way round; printed as it is shown. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fbfaf7; --soft: #5c646e; --line: #d9d5cc; --good: #1f6f43; --part: #8a5a00; --bad: #a1260d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e1; --paper: #16181b; --soft: #9aa3ad; --line: #33373d; --good: #6fce97; --part: #e2b15b; --bad: #ff8a73; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 ui-sans-serif, system-ui, sans-serif; }
header, main { max-width: 52rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3rem; }
.kicker { margin: 0; color: var(--soft); letter-spacing: 0.08em; text-transform: uppercase; font-size: 0.78rem; }
h1 { margin: 0.2rem 0 0.6rem; font-size: 2rem; line-height: 1.15; }
h2 { margin: 2.5rem 0 0.8rem; padding-bottom: 0.3rem; border-bottom: 1px solid var(--line); font-size: 1.25rem; }
h3 { margin: 0 0 0.5rem; font-size: 1.05rem; }
.id { font-family: ui-monospace, monospace; color: var(--soft); margin-right: 0.3rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.3rem 1.2rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
article { margin: 1.2rem 0; padding: 1rem 1.2rem; border: 1px solid var(--line); border-left-width: 4px; border-radius: 6px; break-inside: avoid; }
article.holds { border-left-color: var(--good); } article.partly { border-left-color: var(--part); } article.lacking { border-left-color: var(--bad); }
.badge { font-size: 0.78rem; color: var(--soft); white-space: nowrap; }
.holds > p > .badge, .holds > h3 > .badge { color: var(--good); } .partly > p > .badge, .partly > h3 > .badge { color: var(--part); } .lacking > p > .badge, .lacking > h3 > .badge { color: var(--bad); }
.statement { margin: 0.6rem 0; } .statement p, .lead { margin: 0.2rem 0; } .statement ul { margin: 0.2rem 0 0.6rem; color: var(--soft); font-size: 0.9rem; overflow-wrap: anywhere; }
.lead { font-weight: 600; font-size: 0.9rem; } .gaps { margin: 0.2rem 0 0; } .gaps li { color: var(--bad); }
.unverified { color: var(--bad); font-size: 0.9rem; margin: 0 0 0.5rem; }
table { border-collapse: collapse; } th { text-align: left; font-weight: normal; font-family: ui-monospace, monospace; padding-right: 2rem; } td { text-align: right; font-variant-numeric: tabular-nums; } tr { border-bottom: 1px solid var(--line); }
pre { padding: 0.8rem 1rem; border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
`;
