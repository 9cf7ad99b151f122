import { html } from 'hono/html';
import type { DeskApi } from './desk-api.ts';
import type { Html } from './layout.ts';
import { table, time } from './parts.ts';

/** Holds: active before released; an active one can be released, a new one placed. */
export async function holdsPage(api: DeskApi): Promise<Html> {
  const rows = (await api.holds()).map(
    (hold) =>
      html`<tr>
        <th scope="row">${hold.subject}</th>
        <td>${hold.reason}</td>
        <td>${hold.caseId ?? '–'}</td>
        <td>${time(hold.placedAt)}</td>
        <td>${hold.releasedAt ? html`released ${time(hold.releasedAt)}` : releaseForm(hold.id, hold.subject)}</td>
      </tr>`,
  );
  return html`${table('Holds', ['Subject', 'Reason', 'Case', 'Placed (UTC)', 'State'], rows)}
    <h2>Place a hold</h2>
    <form method="post" action="/holds">
      <label>Subject <input name="subject" required maxlength="100" pattern="[A-Za-z0-9_.\\-]+" autocomplete="off" /></label>
      <label>Reason <input name="reason" required maxlength="500" autocomplete="off" /></label>
      <button>Place hold</button>
    </form>`;
}

function releaseForm(id: number, subject: string): Html {
  return html`<form method="post" action="/holds/${id}/release">
    <button>Release<span class="hidden"> ${subject}</span></button>
  </form>`;
}
