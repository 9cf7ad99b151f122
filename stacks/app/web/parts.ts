import { html } from 'hono/html';
import type { Html } from './layout.ts';

/** The head of a column; one of numbers is set to the right. */
export type Head = string | { readonly number: string };

/** A time as the desk reads it, in UTC. */
export function time(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')}</time>`;
}

/** A score with its weight in colour and in words. */
export function scoreBadge(score: number | null): Html {
  if (score === null) return html`<span class="badge">pending</span>`;
  const weight = score >= 85 ? 'high' : score >= 60 ? 'middle' : 'low';
  return html`<span class="badge ${weight}">${score}<span class="hidden"> of 100, ${weight}</span></span>`;
}

/** Cents as an amount. */
export function amount(cents: number): string {
  return cents === 0 ? '–' : (cents / 100).toLocaleString('en', { minimumFractionDigits: 2 });
}

/** A table with a caption for those who cannot see it, or a line saying that it is empty. */
export function table(caption: string, heads: readonly Head[], rows: readonly Html[]): Html {
  if (rows.length === 0) return html`<p class="quiet">${caption}: none.</p>`;
  const columns = heads.map((head) =>
    typeof head === 'string'
      ? html`<th scope="col">${head}</th>`
      : html`<th scope="col" class="number">${head.number}</th>`,
  );
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption class="hidden">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
