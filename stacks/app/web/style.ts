import { raw } from 'hono/html';

/** The desk's one style sheet, light and dark. */
export const STYLE = raw(`
:root { color-scheme: light dark; --ink: #1b2430; --paper: #f6f7f9; --card: #fff; --line: #d7dce3; --quiet: #55606e;
  --accent: #1f5fbf; --good: #1b7a4b; --warn: #8f5800; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ebf0; --paper: #14181e; --card: #1d232b; --line: #37404c;
  --quiet: #a9b4c1; --accent: #8ab8ff; --good: #6fd3a1; --warn: #f0b35a; --bad: #ff9a92; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: baseline; padding: .75rem 1.5rem;
  background: var(--card); border-bottom: 1px solid var(--line); }
.brand { margin: 0; font-weight: 700; }
nav { display: flex; gap: 1.25rem; }
a { color: var(--accent); }
nav a { text-decoration: none; padding: .25rem 0; }
nav a[aria-current] { color: var(--ink); font-weight: 600; box-shadow: 0 2px var(--accent); }
main { max-width: 68rem; margin: 0 auto; padding: 1rem 1.5rem 3rem; }
h1 { font-size: 1.6rem; margin: .75rem 0 1rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .25rem .75rem; }
.notice { border-left: 4px solid var(--good); background: var(--card); padding: .6rem 1rem; margin: 0 0 1rem; }
.notice.bad { border-color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: 1rem; margin: 0; padding: 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
.tiles dt { color: var(--quiet); }
.tiles dd { margin: 0; font-size: 1.8rem; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.badge { display: inline-block; min-width: 2.4rem; text-align: center; padding: 0 .5rem; border: 1px solid; border-radius: 1rem;
  font-size: .875rem; font-weight: 600; color: var(--quiet); }
.badge.low { color: var(--good); } .badge.middle { color: var(--warn); } .badge.high { color: var(--bad); }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; }
label { display: grid; gap: .15rem; color: var(--quiet); font-size: .875rem; }
input, button { font: inherit; color: inherit; padding: .3rem .6rem; border: 1px solid var(--quiet); border-radius: .35rem; background: var(--paper); }
button { background: var(--accent); border-color: var(--accent); color: var(--card); cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.quiet { color: var(--quiet); }
.filter { display: flex; gap: 1rem; margin: 0 0 1rem; }
.filter a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`);
