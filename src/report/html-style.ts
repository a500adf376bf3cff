/** The style of the report page: the system's fonts, light and dark, narrow and wide. */
export const style = `
:root { color-scheme: light dark; --back: #fff; --text: #1c2128; --faint: #59636e; --line: #d1d9e0; --box: #f6f8fa;
  --success: #1a7f37; --failure: #cf222e; --timeout: #9a6700; --cancellation: #6e7781; --skip: #6e7781; --open: #0969da; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --text: #e6edf3; --faint: #9198a1; --line: #3d444d; --box: #151b23;
  --success: #3fb950; --failure: #f85149; --timeout: #d29922; --cancellation: #9198a1; --skip: #818b96; --open: #4493f8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 76rem; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; } ul { margin: .4rem 0; padding-left: 1.2rem; } code, pre { font: 13px/1.5 ui-monospace, monospace; }
pre, .note { background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; overflow-x: auto; }
pre { margin: .4rem 0; white-space: pre-wrap; } .note { margin: .6rem 0; border-left: 4px solid var(--timeout); }
.note.bad { border-left-color: var(--failure); } .faint { color: var(--faint); } a { color: var(--open); } time { white-space: nowrap; }
.badge { display: inline-block; border-radius: 1em; padding: 0 .6em; border: 1px solid currentColor; font-size: .85rem; font-weight: 600; white-space: nowrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; } dt { color: var(--faint); } dd { margin: 0; }
.timeline { display: grid; grid-template-columns: minmax(6rem, 16rem) 1fr max-content; gap: .2rem .8rem; align-items: center; }
.timeline > .name { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; font-size: .9rem; }
.timeline > .took { font-size: .85rem; color: var(--faint); text-align: right; white-space: nowrap; }
.timeline > .wide { grid-column: 2 / -1; }
.timeline svg { display: block; width: 100%; height: 14px; background: var(--box); border-radius: 3px; }
.inner { padding-left: 1rem; } .waits { fill-opacity: .4; }
.table { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
th { color: var(--faint); font-weight: 500; white-space: nowrap; } td { white-space: nowrap; } td:first-child { min-width: 9rem; white-space: normal; overflow-wrap: break-word; }
.success { color: var(--success); fill: var(--success); } .failure, .error { color: var(--failure); fill: var(--failure); }
.timeout { color: var(--timeout); fill: var(--timeout); } .cancellation { color: var(--cancellation); fill: var(--cancellation); }
.skip { color: var(--skip); fill: var(--skip); } .open { color: var(--open); fill: var(--open); }
@media (max-width: 40rem) { body { padding: 1rem .75rem 3rem; } .timeline { grid-template-columns: minmax(4.5rem, 7rem) 1fr max-content; gap: .2rem .5rem; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .4rem; } }
@media print { body { max-width: none; } }
`
