import { type ReasonCode, reasonCodes } from '../../gates/kernel/reason-codes.ts';

type Entry = readonly [code: string, reason: (typeof reasonCodes)[ReasonCode]];

/** The whole catalogue in Markdown, one table a gate. */
export function reasonCodeTable(): string {
  const sections = [...byGate()].map(([gate, entries]) => {
    const rows = entries.map(
      ([code, { outcome, means, recovery }]) => `| \`${code}\` | ${outcome} | ${cell(means)} | ${cell(recovery)} |`,
    );
    const title = gate === 'any' ? 'Any gate' : `Gate ${gate}`;
    return [
      `## ${title}`,
      '',
      '| Code | Verdict | What it means | What to do |',
      '| --- | --- | --- | --- |',
      ...rows,
    ].join('\n');
  });
  return sections.join('\n\n');
}

/** The codes of each gate, in one short table. */
export function reasonCodeList(): string {
  const rows = [...byGate()].map(
    ([gate, entries]) => `| ${gate} | ${entries.map(([code]) => `\`${code}\``).join(' ')} |`,
  );
  return ['| Gate | Reason codes |', '| --- | --- |', ...rows].join('\n');
}

function byGate(): ReadonlyMap<string, readonly Entry[]> {
  return Map.groupBy(Object.entries(reasonCodes) as unknown as Entry[], ([, reason]) => reason.gate);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
