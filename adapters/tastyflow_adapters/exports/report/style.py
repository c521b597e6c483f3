"""How a report looks: on a screen, dark or light, and on paper."""

from typing import Final

STYLE: Final = """
:root { --ink:#1c2430; --dim:#5f6b7a; --line:#d7dde5; --paper:#fff; --soft:#f4f6f9; --good:#18794e; --bad:#b42318;
  --warn:#8a5a00; color-scheme: light dark }
@media (prefers-color-scheme: dark) { :root { --ink:#e4e9f0; --dim:#9aa6b5; --line:#323b47; --paper:#14181e;
  --soft:#1c222a; --good:#4cc38a; --bad:#ff8a7a; --warn:#e0b252 } }
* { box-sizing:border-box }
body { margin:0 auto; padding:2rem 1.5rem 4rem; max-width:60rem; background:var(--paper); color:var(--ink);
  font:15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
h1 { font-size:1.6rem; margin:0 0 .2rem } h2 { font-size:1.25rem; margin:2.6rem 0 .3rem; padding-top:.8rem;
  border-top:2px solid var(--line) } h3 { font-size:.82rem; margin:1.5rem 0 .4rem; text-transform:uppercase;
  letter-spacing:.06em; color:var(--dim) }
p { margin:.3rem 0 } .dim { color:var(--dim) } .good { color:var(--good) } .bad { color:var(--bad) }
.warn { color:var(--warn) } .typed { font-size:1.15rem; padding:.6rem .9rem; background:var(--soft);
  border-left:3px solid var(--dim); border-radius:3px; white-space:pre-wrap; overflow-wrap:anywhere }
table { border-collapse:collapse; width:100%; margin:.4rem 0 } th, td { text-align:left; vertical-align:top;
  padding:.3rem .6rem .3rem 0; border-bottom:1px solid var(--line); overflow-wrap:anywhere }
thead th { color:var(--dim); font-weight:600; font-size:.85rem } .pairs th { width:11rem; font-weight:400;
  color:var(--dim); white-space:nowrap } pre, code { font:12.5px/1.45 ui-monospace, "DejaVu Sans Mono", monospace }
pre { background:var(--soft); padding:.6rem .8rem; border-radius:3px; white-space:pre-wrap; overflow-wrap:anywhere;
  margin:.3rem 0 } .events td:nth-child(-n+3) { white-space:nowrap; color:var(--dim); font-size:.85rem }
.narrow td:nth-child(-n+2), .narrow th:nth-child(-n+2) { white-space:nowrap }
.told td:first-child { white-space:nowrap; width:15rem }
.events td { font-size:.92rem } .detail { color:var(--dim); font-size:.86rem; white-space:pre-wrap }
footer { margin-top:3rem; border-top:2px solid var(--line); padding-top:.8rem; color:var(--dim); font-size:.86rem }
@media print { body { max-width:none; padding:0; font-size:10.5pt } h2 { break-before:page } h2:first-of-type {
  break-before:auto } h3 { break-after:avoid } tr, pre { break-inside:avoid } }
"""
