import { type Context, Hono } from 'hono';
import { csrf } from 'hono/csrf';
import { html } from 'hono/html';
import { secureHeaders } from 'hono/secure-headers';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { casesPage } from './cases-page.ts';
import { type DeskApi, DeskApiError } from './desk-api.ts';
import { eventPage, eventsPage } from './events-page.ts';
import { holdsPage } from './holds-page.ts';
import { layout } from './layout.ts';
import { overviewPage } from './overview-page.ts';

const NOTICES: Record<string, string> = {
  closed: 'The case is closed.',
  placed: 'The hold is placed.',
  released: 'The hold is released.',
};
const POLICY = {
  defaultSrc: ["'none'"],
  styleSrc: ["'unsafe-inline'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};

/** The desk's pages: rendered here, usable without client scripts. Who may open them is the ingress's to decide. */
export function createWeb(api: DeskApi): Hono {
  const web = new Hono();
  web.use(secureHeaders({ contentSecurityPolicy: POLICY }));
  // The ingress ends TLS, so the origin's scheme differs from ours; its host must not.
  web.use(csrf({ origin: (origin, c) => URL.parse(origin)?.host === c.req.header('host') }));

  web.get('/healthz', (c) => c.json({ status: 'ok' }));
  web.get('/', async (c) => c.html(layout('Overview', '/', await overviewPage(api))));
  web.get('/events', async (c) => c.html(layout('Events', '/events', await eventsPage(api))));
  web.get('/events/:id', async (c) => {
    const id = c.req.param('id');
    return c.html(layout(`Event ${id}`, '/events', await eventPage(api, id)));
  });
  web.get('/cases', async (c) =>
    c.html(layout('Cases', '/cases', await casesPage(api, c.req.query('status')), notice(c))),
  );
  web.get('/holds', async (c) => c.html(layout('Holds', '/holds', await holdsPage(api), notice(c))));

  web.post('/cases/:id/close', async (c) => {
    await api.closeCase(c.req.param('id'), await field(c, 'resolution'));
    return c.redirect('/cases?done=closed', 303);
  });
  web.post('/holds', async (c) => {
    await api.placeHold(await field(c, 'subject'), await field(c, 'reason'));
    return c.redirect('/holds?done=placed', 303);
  });
  web.post('/holds/:id/release', async (c) => {
    await api.releaseHold(c.req.param('id'));
    return c.redirect('/holds?done=released', 303);
  });

  web.notFound((c) => trouble(c, 404, 'There is no such page'));
  web.onError((error, c) => {
    if (error instanceof DeskApiError) return trouble(c, error.status as ContentfulStatusCode, error.message);
    if ('getResponse' in error) return error.getResponse();
    console.error(`web: ${c.req.method} ${c.req.path} failed: ${error.message}`);
    return trouble(c, 500, 'The page could not be made; the log of the web service says why');
  });
  return web;
}

function notice(c: Context): string | undefined {
  return NOTICES[c.req.query('done') ?? ''];
}

async function field(c: Context, name: string): Promise<string> {
  const value = (await c.req.parseBody())[name];
  return typeof value === 'string' ? value : '';
}

function trouble(c: Context, status: ContentfulStatusCode, detail: string) {
  const content = html`<p class="notice bad" role="alert">${detail}</p>
    <p><a href="/">Back to the overview</a></p>`;
  return c.html(layout('That did not work', c.req.path, content), status);
}
