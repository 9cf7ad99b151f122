import type { AzurePlatform } from './azure-config.ts';
import type { StackConfig } from './config.ts';
import { type ConfigProblem, problemAt } from './config-problem.ts';

/** Values that stand for one of the user's own, as Pulumi.prod.yaml has them. */
const stands = [/0{8}-0{4}-0{4}-0{4}-0{12}/, /(^|[.@/])example\.(com|org|net)([:/]|$)/, /^0{7,}$/, /sha256:0{64}/];

/**
 * Placeholders are refused where they would reach Azure: in what names the estate, and in the release. A loopback
 * endpoint is not Azure, so with one the same file may be tried as it is.
 */
export function placeholders({ release }: StackConfig, platform: AzurePlatform): readonly ConfigProblem[] {
  if (platform.endpoint !== undefined) return [];
  return [...placeholdersIn(platform, ['platform']), ...placeholdersIn(release, ['release'])];
}

/** A problem for each placeholder in a part of a configuration. */
export function placeholdersIn(value: unknown, path: readonly string[]): readonly ConfigProblem[] {
  return textsIn(value, path)
    .filter(({ text }) => stands.some((pattern) => pattern.test(text)))
    .map(({ path, text }) => problemAt(path, `the placeholder ${text}`, 'a value of your own'));
}

/** Every text in a configuration, and where it is. */
export function textsIn(value: unknown, path: readonly string[]): readonly { path: readonly string[]; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => textsIn(member, [...path, key]));
}
