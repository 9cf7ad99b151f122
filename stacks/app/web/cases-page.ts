import { html } from 'hono/html';
import type { DeskApi } from './desk-api.ts';
import type { Html } from './layout.ts';
import { scoreBadge, table, time } from './parts.ts';

const FILTERS = [
  { status: undefined, name: 'All', href: '/cases' },
  { status: 'open', name: 'Open', href: '/cases?status=open' },
  { status: 'closed', name: 'Closed', href: '/cases?status=closed' },
];

/** The case queue: open before closed, urgent first; an open case can be closed with a resolution. */
export async function casesPage(api: DeskApi, status?: string): Promise<Html> {
  const rows = (await api.cases(status)).map(
    (item) =>
      html`<tr>
        <th scope="row">${item.id}</th>
        <td>${item.subject}</td>
        <td><a href="/events/${item.eventId}">${scoreBadge(item.score)}</a></td>
        <td>${item.priority === 'urgent' ? html`<strong>urgent</strong>` : 'normal'}</td>
        <td>${time(item.openedAt)}</td>
        <td>${item.closedAt ? html`closed ${time(item.closedAt)}: ${item.resolution}` : closeForm(item.id)}</td>
      </tr>`,
  );
  const links = FILTERS.map(
    (filter) =>
      html`<a href="${filter.href}" ${filter.status === status ? html`aria-current="true"` : ''}>${filter.name}</a>`,
  );
  return html`<nav class="filter" aria-label="Filter by status">${links}</nav>
    ${table('Cases', ['Case', 'Subject', 'Score', 'Priority', 'Opened (UTC)', 'State'], rows)}`;
}

function closeForm(id: number): Html {
  return html`<form method="post" action="/cases/${id}/close">
    <label>Resolution <input name="resolution" required maxlength="500" autocomplete="off" /></label>
    <button>Close<span class="hidden"> case ${id}</span></button>
  </form>`;
}
