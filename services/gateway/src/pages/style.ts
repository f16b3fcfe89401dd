/** The style of all pages: system fonts, light and dark as the reader's system is, wide and narrow. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1c2127, #dfe4ea);
  --soft: light-dark(#59636e, #98a2ad);
  --paper: light-dark(#ffffff, #14181d);
  --raised: light-dark(#f4f6f8, #1d232a);
  --line: light-dark(#d6dce2, #323a44);
  --accent: light-dark(#0b5cad, #6cb2f7);
  --bad: light-dark(#b3261e, #ff9a92);
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 5rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 0.5rem; }
h2 { font-size: 1.25rem; margin: 3rem 0 0; }
h3 { font-size: 1.1875rem; margin: 0; overflow-wrap: anywhere; }
h4 { font-size: 0.8125rem; margin: 1.25rem 0 0.25rem; color: var(--soft); font-weight: 600; }
p { margin: 0.5rem 0; max-width: 46rem; }
a { color: var(--accent); }
code, pre { font: 0.875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: 0.75rem 1rem; overflow-x: auto; }
.operation { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.5rem; }
.method { color: var(--accent); font-weight: 700; margin-right: 0.35em; }
.soft { color: var(--soft); }
dl { margin: 0.25rem 0; }
dt { margin-top: 0.5rem; overflow-wrap: anywhere; }
dd { margin: 0 0 0 1.25rem; color: var(--soft); }
dd dl { border-left: 1px solid var(--line); padding-left: 0.75rem; }
nav ul { list-style: none; padding: 0; columns: 20rem; column-gap: 2rem; margin: 0.5rem 0 1.5rem; }
nav li { break-inside: avoid; overflow-wrap: anywhere; padding: 0.125rem 0; }
form { display: grid; gap: 0.75rem; max-width: 26rem; margin-top: 1.5rem; }
input, button { font: inherit; padding: 0.5rem 0.75rem; border-radius: 6px; border: 1px solid var(--line); }
input { background: var(--paper); color: var(--ink); width: 100%; }
button { background: var(--accent); color: var(--paper); border-color: transparent; font-weight: 600; cursor: pointer; }
:is(a, input, button):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.bad { color: var(--bad); }
`
