import { html } from 'hono/html';
import type { DeskApi } from './desk-api.ts';
import type { Html } from './layout.ts';

/** The desk at a glance. */
export async function overviewPage(api: DeskApi): Promise<Html> {
  const overview = await api.overview();
  const newest = overview.newestEventId;
  return html`<dl class="tiles">
      ${tile('Open cases', overview.openCases)} ${tile('Urgent cases', overview.urgentCases)}
      ${tile('Active holds', overview.activeHolds)} ${tile('Events', overview.events)}
      ${tile('Unscored events', overview.unscoredEvents)} ${tile('Average score', overview.averageScore ?? '–')}
    </dl>
    ${newest === null ? '' : html`<p>Newest event: <a href="/events/${newest}">${newest}</a></p>`}`;
}

function tile(name: string, value: number | string): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}
