import rules from './ocsf-rules.json' with { type: 'json' };

type Json = Readonly<Record<string, unknown>>;

const CLASSES: Readonly<Record<string, (typeof rules.classes)['2004']>> = rules.classes;
const PROFILES: Readonly<Record<string, readonly string[]>> = rules.profiles;
const ENUMS: Readonly<Record<string, readonly number[]>> = rules.enums;
const OBJECTS: Readonly<Record<string, { readonly required: readonly string[]; readonly oneOf: readonly string[] }>> =
  rules.objects;

/** What the schema's rules, as far as `ocsf-rules.json` states them, say against an event. */
export function ocsfProblems(event: Json): readonly string[] {
  const { class_uid: uid, category_uid: category, type_uid: type, metadata } = event;
  const { activity_id: activity, activity_name: activityName, status_id: status } = event;
  const found = CLASSES[String(uid)];
  if (found === undefined) return ['class_uid is unknown'];
  const { version, profiles = [] } = metadata as { readonly version: string; readonly profiles?: string[] };
  const known = new Set([
    ...rules.base.required,
    ...rules.base.attributes,
    ...found.attributes,
    ...profiles.flatMap((profile) => PROFILES[profile] ?? []),
  ]);
  const problems = [...rules.base.required, ...found.required]
    .filter((name) => event[name] === undefined)
    .map((name) => `${name} is missing`);
  for (const name of Object.keys(event)) if (!known.has(name)) problems.push(`${name} is not of the class`);
  for (const profile of profiles) if (!(profile in PROFILES)) problems.push(`profile ${profile} is unknown`);
  if (version !== rules.version) problems.push('metadata.version is another');
  if (category !== found.category) problems.push('category_uid is not that of the class');
  if (type !== Number(uid) * 100 + Number(activity)) problems.push('type_uid is another');
  if (!found.activities.includes(Number(activity))) problems.push('activity_id is not of the class');
  if (activity === 99 && activityName === undefined) problems.push('activity_name is missing');
  if (status !== undefined && !found.statuses.includes(Number(status))) problems.push('status_id is not of the class');
  return [...problems, ...problemsIn(event)];
}

/** What `data` and `unmapped` hold is free. */
const FREE = new Set(['data', 'unmapped']);

function problemsIn(value: Json): readonly string[] {
  return Object.entries(value).flatMap(([name, member]) => {
    if (FREE.has(name)) return [];
    if (ENUMS[name]?.includes(Number(member)) === false) return [`${name} is not of its enumeration`];
    if (rules.integers.includes(name) && !Number.isInteger(member)) return [`${name} is no integer`];
    const members = Array.isArray(member) ? member : [member];
    return members.flatMap((each) =>
      typeof each === 'object' && each !== null ? [...objectProblems(name, each), ...problemsIn(each)] : [],
    );
  });
}

function objectProblems(name: string, value: Json): readonly string[] {
  const { required = [], oneOf = [] } = OBJECTS[name] ?? {};
  const missing = required
    .filter((member) => value[member] === undefined)
    .map((member) => `${name}.${member} is missing`);
  const lacks = oneOf.length > 0 && oneOf.every((member) => value[member] === undefined);
  return lacks ? [...missing, `${name} has none of ${oneOf.join(', ')}`] : missing;
}
