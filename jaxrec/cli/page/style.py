"""The look of the page: system fonts, one column, tables that scroll on narrow screens."""

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --mark: #2a9d50; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 62rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.2rem; margin-top: 2.2rem; } h3, h4 { margin: 1rem 0 .3rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right; }
td:first-child, th:first-child { text-align: left; }
.row { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
figure { margin: 0; flex: 1 1 24rem; max-width: 34rem; } figcaption { font-size: .9rem; }
svg { width: 100%; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: currentColor; }
.card { flex: 1 1 16rem; padding: .2rem 1rem; background: var(--soft); border-radius: .4rem; }
.hit { font-weight: 600; color: var(--mark); }
.key { display: inline-block; width: .8em; height: .8em; margin: 0 .4em 0 1em;
  border-radius: .15em; }
.warn { border-left: .3rem solid #dc6900; padding-left: .8rem; }
pre { background: var(--soft); padding: .7rem; white-space: pre-wrap; overflow-wrap: anywhere; }
"""
