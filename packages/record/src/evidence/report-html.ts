import type { ControlReport, Holding, SpeaksReport } from './assess.ts';
import type { Evidence } from './evidence.ts';
import { STYLE } from './report-style.ts';

const WORDS: Readonly<Record<Holding, string>> = {
  holds: 'stands',
  partly: 'stands in part',
  lacking: 'does not stand',
};

/** The evidence as one page that needs nothing else: no script, nothing loaded, every value escaped. */
export function evidenceHtml(evidence: Evidence): string {
  const { framework, period, log, createdAt, product, policySet } = evidence;
  const title = `${framework.title} ${framework.version}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evidence: ${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="kicker">Evidence of a Sallyport gateway</p>
<h1>${escaped(title)}</h1>
<p>${escaped(framework.publisher)}. Source: ${escaped(framework.source)}.${framework.note === undefined ? '' : ` ${escaped(framework.note)}`}</p>
</header>
<main>
<section>
<h2>What this is evidence of</h2>
<dl>
${row('Period', `${period.from} to ${period.to}`)}
${row('Records', `${period.records} in the period, ${log.size} in the log${archivedNote(log)}`)}
${row('Log', `${log.origin}, root ${log.root}${log.verified ? '' : ' (problems were found: the log did not verify)'}`)}
${row('Policy set', policySet)}
${row('Sets that decided', period.policySets.join(', ') || 'none')}
${row('Text inspected', `${period.inspectedChars} characters; not inspected ${period.uninspectedChars}`)}
${row('Made', `${createdAt}, version ${product.version}`)}
</dl>
<p>It says what stood when it was made and what the log shows of the period. It is no certificate: beside every control stands what nothing here speaks for.</p>
</section>
<section>
<h2>Controls</h2>
${framework.controls.map(control).join('\n')}
</section>
<section>
<h2>Figures of the period</h2>
${figures(period.figures)}
</section>
<section>
<h2>Check it without the gateway</h2>
<pre>sallyport evidence verify &lt;this folder&gt; --vkey &lt;the log's key, from somewhere else&gt;</pre>
<p>It checks the manifest's signature, every file against it, every leaf against the log's checkpoint${evidence.wholeLog ? ', the whole log against its root, and counts the figures again' : ''}.</p>
</section>
</main>
</body>
</html>
`;
}

function archivedNote({ archived }: Evidence['log']): string {
  return archived === 0 ? '' : `; the first ${archived} of them are in the archive and were not counted`;
}

function control({ id, title, verified, holding, speaks, notCovered }: ControlReport): string {
  return `<article class="${holding}">
<h3><span class="id">${escaped(id)}</span> ${escaped(title)} <span class="badge">${speaks.length === 0 ? 'nothing here speaks for it' : WORDS[holding]}</span></h3>
${verified ? '' : '<p class="unverified">This id was not read in the source: check it before you rely on it.</p>'}
${speaks.map(statement).join('\n')}
<p class="lead">Not covered</p>
<ul class="gaps">${notCovered.map((gap) => `<li>${escaped(gap)}.</li>`).join('')}</ul>
</article>`;
}

function statement({ says, holding, probes, detectors, settings, figures: counts, examples }: SpeaksReport): string {
  const lines = [
    ...(probes === undefined
      ? []
      : [
          `${probes.met} of ${probes.asked} hostile probes meet a policy${probes.policies.length === 0 ? '' : `: ${probes.policies.join(', ')}`}`,
          ...probes.unmet.map(
            ({ point, category, monitored }) =>
              `unprotected: ${category} at ${point}${monitored ? ' (reported only)' : ''}`,
          ),
        ]),
    ...detectors.map(
      ({ id, version, says: state }) => `detector ${id}${version === '' ? '' : ` ${version}`}: ${state}`,
    ),
    ...settings.map(({ says: state }) => state),
    ...(Object.keys(counts).length === 0
      ? []
      : [
          Object.entries(counts)
            .map(([name, count]) => `${name} ${count}`)
            .join(', '),
        ]),
    ...(examples.length === 0 ? [] : [`leaves ${examples.join(', ')}`]),
  ];
  return `<div class="statement ${holding}"><p>${escaped(says)}. <span class="badge">${WORDS[holding]}</span></p>
<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul></div>`;
}

function figures(counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).map(
    ([name, count]) => `<tr><th scope="row">${escaped(name)}</th><td>${count}</td></tr>`,
  );
  return rows.length === 0 ? '<p>No record stands in the period.</p>' : `<table>${rows.join('')}</table>`;
}

function row(name: string, value: string): string {
  return `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}
