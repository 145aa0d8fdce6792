/** The style of the page: light or dark like the system, from phones to wide screens. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f5f3, #16161a);
  --panel: light-dark(#ffffff, #1f1f25);
  --line: light-dark(#dcd9d4, #34343d);
  --text: light-dark(#1d1b20, #eceaf0);
  --quiet: light-dark(#605c66, #a5a1ad);
  --accent: light-dark(#b23a00, #ff9a66);
  --on-accent: light-dark(#ffffff, #1b1210);
  --good: light-dark(#1a7f37, #5ac878);
  --bad: light-dark(#b3261e, #ff8a80);
  --warn: light-dark(#8a5a00, #f0bf5a);
}
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.45 system-ui, sans-serif }
h1 { font-size: 1.25rem; margin: 0 } h2 { font-size: 1rem; margin: 0 } h3 { font-size: .9rem; margin: 1rem 0 .25rem }
header { padding: 1rem 1.25rem .25rem; max-width: 90rem; margin: auto }
.title, .address { display: flex; gap: .75rem; align-items: center; flex-wrap: wrap; margin: 0 }
#connection { font-size: .8rem; color: var(--quiet); border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem }
#connection[data-live="yes"] { color: var(--good); border-color: currentColor }
#connection[data-live="no"] { color: var(--bad); border-color: currentColor }
.banner { margin: .75rem 0; padding: .5rem .75rem; border-left: 4px solid var(--accent); background: var(--panel) }
main { display: grid; grid-template-columns: repeat(12, 1fr); gap: 1rem; padding: 1rem 1.25rem; max-width: 90rem; margin: auto }
section { grid-column: span 6; align-self: start; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .9rem; min-width: 0 }
section.wide { grid-column: 1 / -1 }
.bar { display: flex; gap: .5rem .75rem; align-items: center; flex-wrap: wrap; margin-bottom: .6rem }
.bar h2, .bar h3 { margin-right: auto }
.row { display: flex; gap: .5rem .75rem; flex-wrap: wrap; align-items: end }
.scroll { max-height: 24rem; overflow: auto }
table { width: 100%; border-collapse: collapse; font-size: .875rem }
th { text-align: left; color: var(--quiet); font-weight: 600; position: sticky; top: 0; background: var(--panel) }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); vertical-align: baseline }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
td.what { overflow-wrap: anywhere }
tr.named td:first-child { box-shadow: inset 3px 0 var(--accent) }
code, pre, textarea, td.what { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .85em }
pre { overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--ground); border: 1px solid var(--line);
  border-radius: .35rem; padding: .5rem; margin: 0; max-height: 16rem }
button.link { border: 0; background: none; padding: 0; color: inherit; font: inherit; text-align: left; text-decoration: underline;
  text-underline-offset: .15em; text-decoration-color: var(--line); overflow-wrap: anywhere }
button, input, select, textarea { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line);
  border-radius: .35rem; padding: .25rem .6rem; max-width: 100% }
button { cursor: pointer } button:hover { border-color: var(--quiet) }
button.primary { background: var(--accent); color: var(--on-accent); border-color: var(--accent); font-weight: 600 }
button[aria-pressed="true"] { border-color: var(--accent); color: var(--accent) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
form > label { display: block; margin: .5rem 0 } form > label > :is(input, select, textarea) { width: 100%; display: block }
label { font-size: .875rem; color: var(--quiet) } label > * { color: var(--text) }
a { color: var(--accent) }
.cards, .tokens, .waiting { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem }
.cards li, .waiting li { border: 1px solid var(--line); border-left: 4px solid var(--quiet); border-radius: .35rem; padding: .5rem .6rem }
.cards li[data-severity="error"] { border-left-color: var(--bad) } .cards li[data-severity="advice"] { border-left-color: var(--warn) }
.cards p { margin: .2rem 0 } .cards .row { justify-content: space-between; align-items: center }
.waiting li { border-left-color: var(--accent) }
.tokens { max-height: 17rem; overflow: auto } .tokens li { font-size: .875rem }
.track { height: .5rem; background: var(--ground); border: 1px solid var(--line); border-radius: .25rem; overflow: hidden; margin: .15rem 0 }
.fill { height: 100%; background: var(--good) } li[data-state="revoked"] .fill, li[data-state="expired"] .fill { background: var(--quiet) }
li[data-state="revoked"] .state { color: var(--bad) } li[data-state="live"] .state { color: var(--good) }
.tokens .row { justify-content: space-between; align-items: center }
.tokens .row.does { justify-content: end } .tokens button { font-size: .8rem; padding: .1rem .5rem }
form > button { margin-top: .6rem }
.note, .empty, figcaption { color: var(--quiet); font-size: .875rem; margin: .35rem 0 }
.reason { color: var(--bad); margin: .25rem 0 } .reason:empty { display: none }
.good { color: var(--good) } .bad { color: var(--bad) } .warn { color: var(--warn) }
.tag { border: 1px solid currentColor; border-radius: 1rem; padding: 0 .5rem; font-size: .8rem; white-space: nowrap; color: var(--accent) }
figure { margin: .75rem 0 } svg { width: 100%; height: 2.5rem; background: var(--ground); border: 1px solid var(--line); border-radius: .25rem }
svg rect { fill: var(--accent) }
dialog { color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; width: min(46rem, 94vw); max-height: 90vh }
dialog::backdrop { background: rgb(0 0 0 / .45) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .75rem; margin: .5rem 0; font-size: .875rem }
dt { color: var(--quiet) } dd { margin: 0; overflow-wrap: anywhere }
#message { position: fixed; inset: auto 1rem 1rem auto; max-width: min(28rem, 92vw); margin: 0; background: var(--text); color: var(--ground);
  padding: .6rem .9rem; border-radius: .4rem }
.skip { position: absolute; left: -99rem } .skip:focus { left: 1rem; top: 1rem; background: var(--panel); padding: .5rem }
@media (prefers-reduced-motion: no-preference) { .fill { transition: width .3s } }
@media (min-width: 90rem) { section { grid-column: span 3 } }
@media (max-width: 42rem) {
  section { grid-column: 1 / -1 } main, header { padding-left: .75rem; padding-right: .75rem }
  thead { display: none }
  table, tbody, tr, td { display: block }
  tr { border-top: 1px solid var(--line); padding: .5rem 0 }
  th, td { border: 0; padding: .05rem 0; display: inline-block; margin-right: .75rem }
  td:empty { display: none }
  td.what { display: block }
}
[hidden] { display: none !important }
`
