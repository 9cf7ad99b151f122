import { html } from 'hono/html';
import { STYLE } from './style.ts';

/** A piece of a page; values put into it are escaped. */
export type Html = ReturnType<typeof html>;

const PAGES = [
  { path: '/', name: 'Overview' },
  { path: '/events', name: 'Events' },
  { path: '/cases', name: 'Cases' },
  { path: '/holds', name: 'Holds' },
];

/** A whole page around its content; `notice` says what the last action did. */
export function layout(title: string, path: string, content: Html, notice?: string): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Integrity desk</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <a class="skip" href="#content">Skip to content</a>
        <header>
          <p class="brand">Integrity desk</p>
          <nav aria-label="Pages">${PAGES.map((page) => navLink(page, path))}</nav>
        </header>
        <main id="content">
          <h1>${title}</h1>
          ${notice ? html`<p class="notice" role="status">${notice}</p>` : ''} ${content}
        </main>
      </body>
    </html>`;
}

function navLink(page: { path: string; name: string }, path: string): Html {
  const current = page.path === path ? html`aria-current="page"` : '';
  return html`<a href="${page.path}" ${current}>${page.name}</a>`;
}
