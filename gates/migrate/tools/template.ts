/** Text with its placeholders filled, and the names of those that have no value. */
export interface Filled {
  readonly text: string;
  readonly missing: readonly string[];
}

// `${name}` as Flyway and shells write it; `{{ .Name }}` and `{{ index .Options "Name" }}` as Go's templates do.
const placeholder =
  /\$\{([A-Za-z_][\w:.-]*)\}|\{\{-?\s*(\.?[A-Za-z_][\w.]*(?:\s+(?:"[^"]*"|\.?[A-Za-z_][\w.]*))*)\s*-?\}\}/g;

/** Fills placeholders from values; a Go template's leading dot may be left out in the value's name. */
export function fillTemplate(text: string, values: Readonly<Record<string, string>>): Filled {
  const missing = new Set<string>();
  const filled = text.replace(placeholder, (whole, shell: string | undefined, go: string | undefined) => {
    const name = shell ?? go ?? '';
    const value = Object.hasOwn(values, name) ? values[name] : values[name.replace(/^\./, '')];
    if (value === undefined) missing.add(name);
    return value ?? whole;
  });
  return { text: filled, missing: [...missing] };
}
