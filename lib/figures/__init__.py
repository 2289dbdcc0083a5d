"""Charts and diagrams that an agent writes as blocks of code: Vega-Lite, Plotly and Mermaid.

An agent can be misled by what it reads, so its block is never passed on as it is. It is drawn if it uses only what is
known to load nothing, to run nothing and to end soon. Otherwise its source is shown, with the reason.

1. `recognise` tells such blocks from other code. It is the way in.
2. `bounded_json` reads JSON within bounds.
3. `plotly` translates figures to Vega-Lite, with `plotly_traces` (their values), `plotly_points` (bars, lines, areas)
   and `plotly_looks` (axes, colours).
4. `vega_lite` copies what `grammar` and `expressions` allow, and `extent` estimates how much would be drawn.
5. `mermaid` does the same for diagrams.
"""
