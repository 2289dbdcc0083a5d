"""Turns an agent's text into Markdown that Streamlit shows as the agent meant it.

A text passes through these stages, each in a file of its own:

1. `footnotes` moves the footnotes to the end of the text.
2. `lines` reads the lines by the rules of CommonMark: the lists and quotes that contain each line, and which are code.
3. `convert` goes from block to block. Code is not changed, `tables` and `formulas` convert their blocks, and all other
   blocks are words.
4. `inline` converts the words of a paragraph, a heading or a row. It is a scanner in three layers: `scan` goes from
   sign to sign (code, colons, arrows; `emphasis` for stars), `formulas` adds dollar signs and `\\(`, and `inline` adds
   links, images, footnotes and tags, with `links` and `html`.
5. `draw` passes the result to Streamlit, block by block where `pieces` finds code that must be an element of its own.
   `figures` draws that code, or the chart or the diagram that it describes.

    Costs $5M :smile: or <b>so</b>, $x_1$     becomes     Costs \\$5M :color[:]smile: or **so**, $$x_1$$

`streaming` finds the end of the finished blocks of a growing text, which need not be sent again. `escape` is for short
texts that are not Markdown: titles, names, labels.
"""
