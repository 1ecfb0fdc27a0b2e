"""Facts about time: in which year words, products and markup first appeared.

`lexicon.tsv` dates words, names and products; `markup_history.tsv` dates elements and attributes of
HTML. Each row names the kind of source its year rests on. `docs/dating.md` says how to add rows.
"""
