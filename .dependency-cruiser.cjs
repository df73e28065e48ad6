const { existsSync, readdirSync } = require('node:fs');
const path = require('node:path');

/**
 * The walls of the house. A package may import packages of lower tiers only, never its peers:
 * each row here is one tier, lowest first. A new package gets its place here, or the check fails.
 */
const TIERS = [
  ['core'],
  ['text', 'wire'],
  ['pages'],
  ['detectors', 'protocols', 'mcp', 'policy', 'flow', 'record', 'stores', 'monitor'],
  ['runtime'],
  ['gateway', 'sdk', 'redteam'],
  // Nothing may import `training`: it makes what ships and is not part of it.
  ['cli', 'training'],
];

/** The file that makes a folder of the package one of its siblings, which never import each other. */
const SIBLINGS = { detectors: 'detector.ts', protocols: 'adapter.ts' };

const oneOf = (names) => `(?:${names.join('|')})`;
const below = (tier) => TIERS.slice(0, tier).flat();

const tierRules = TIERS.flatMap((names, tier) =>
  names.map((name) => ({
    name: `direction-${name}`,
    comment: `${name} may import ${below(tier).join(', ') || 'no other package'}`,
    severity: 'error',
    from: { path: `^packages/${name}/` },
    to: { path: '^packages/', pathNot: `^packages/${oneOf([name, ...below(tier)])}/` },
  })),
);

const siblingRules = Object.entries(SIBLINGS).map(([name, marker]) => {
  const folder = path.join(__dirname, 'packages', name, 'src');
  const siblings = readdirSync(folder).filter((entry) => existsSync(path.join(folder, entry, marker)));
  return {
    name: `siblings-${name}`,
    comment: `what two of ${name} need belongs into a folder of its own below them, which imports neither`,
    severity: 'error',
    from: { path: `^packages/${name}/src/([^/]+)/` },
    to: { path: `^packages/${name}/src/${oneOf(siblings)}/`, pathNot: `^packages/${name}/src/$1/` },
  };
});

module.exports = {
  forbidden: [
    ...tierRules,
    ...siblingRules,
    {
      name: 'place-in-tiers',
      comment: 'every package has its tier in .dependency-cruiser.cjs',
      severity: 'error',
      from: { path: '^packages/', pathNot: `^packages/${oneOf(TIERS.flat())}/` },
      to: {},
    },
    {
      name: 'front-door',
      comment: 'another package is imported by its name, never by a path into it',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'core-is-pure',
      comment: 'core does no I/O and depends on nothing',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^packages/core/src/' },
    },
    {
      name: 'inward-only',
      comment: 'a package stands on its own: no script, benchmark or example is part of it',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(?:scripts|benchmarks|examples)/' },
    },
    {
      name: 'tests-are-leaves',
      comment: 'nothing but a test imports a test',
      severity: 'error',
      from: { pathNot: '\\.test\\.ts$' },
      to: { path: '\\.test\\.ts$' },
    },
    {
      name: 'no-cycles',
      comment: 'modules that need each other are one module or lack a third',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'every import leads somewhere',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // dependency-cruiser cannot load TypeScript 7; swc reads the sources in its place, imports of types included.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    enhancedResolveOptions: {
      conditionNames: ['@sallyport/source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
