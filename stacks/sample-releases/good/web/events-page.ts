import { html } from 'hono/html';
import type { DeskApi } from './desk-api.ts';
import type { Html } from './layout.ts';
import { amount, scoreBadge, table, time } from './parts.ts';

/** Events with their scores, newest first. */
export async function eventsPage(api: DeskApi): Promise<Html> {
  const rows = (await api.events()).map(
    (event) =>
      html`<tr>
        <th scope="row"><a href="/events/${event.id}">${event.reference}</a></th>
        <td>${event.kind}</td>
        <td>${event.channel ?? 'unknown'}</td>
        <td>${event.subject}</td>
        <td class="number">${amount(event.amountCents)}</td>
        <td>${time(event.occurredAt)}</td>
        <td>${scoreBadge(event.score)}</td>
      </tr>`,
  );
  return table(
    'Events, newest first',
    ['Event', 'Kind', 'Channel', 'Subject', { number: 'Amount' }, 'When (UTC)', 'Score'],
    rows,
  );
}

/** Why one event has its score. */
export async function eventPage(api: DeskApi, id: string): Promise<Html> {
  const { score, status, reasons } = await api.score(id);
  const list = reasons.length > 0 ? html`<ul>${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>` : '';
  return html`<p>Score: ${scoreBadge(score)}</p>
    ${status === 'pending' ? html`<p class="quiet">It waits for the worker.</p>` : list}
    <p><a href="/events">All events</a></p>`;
}
