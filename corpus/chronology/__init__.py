"""Facts about time: dates as people wrote them, and what appeared when.

`lexicon.tsv` dates words, names and products, `markup.tsv` elements and attributes of HTML; each
row names the kind of source its year rests on. `docs/dating.md` says how to add rows.
"""
