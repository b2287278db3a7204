/** What is called `project_id` on the wire is `projectId` here. */
export type CamelCase<Name> = Name extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** An object of the wire as the client shows it: its members by names of the language, and its times as `Date`. */
export type Shown<Wire> = {
  [Name in keyof Wire as CamelCase<Name>]: Name extends `${string}_at`
    ? Date | Exclude<Wire[Name], string>
    : Wire[Name];
};

/** The same, made. What is in its members stays as it is. */
export function shown<Wire extends object>(wire: Wire): Shown<Wire> {
  const members = Object.entries(wire).map(([name, value]: [string, unknown]) => [
    camelCase(name),
    typeof value === 'string' && name.endsWith('_at') ? dateOf(value) : value,
  ]);
  return Object.fromEntries(members) as Shown<Wire>;
}

/** Some members of an object, by their names on the wire; those that it lacks are `undefined`. */
export function wireMembers(of: object, names: readonly string[]): Record<string, unknown> {
  const members = of as Record<string, unknown>;
  return Object.fromEntries(names.map((name) => [name, members[camelCase(name)]]));
}

/** The name on the wire. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** A time of the API; the lists' have no offset and are UTC. */
export function dateOf(text: string): Date {
  return new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
}
