"""A style judge that is not fooled: does a text pass as a document of the era, and why not?

One number that tells the era from modern pages says nothing of texts of a third kind: words of real
pages shuffled, modern prose in old tags, a model's answers. The judge asks four questions instead,
each a percentile of real documents with evidence in words:

* `form`: tags, dialect, headers and layout;
* `voice`: the era's prose against modern prose, machine text, other eras and media; overdoing
  counts;
* `sense`: word order, loops, enough to read, sentences at all;
* `time`: words, names and tags later than the era.

The verdict is the weakest gate over its budget, and three rules beside (a loop, a template that was
not filled in, a copied run). What is too short or no text of the era's language cannot be judged,
and does not pass.

Where to begin:

* `judge.py`: `EraJudge.fit`, `.judge`, `.save`, `.load`; `judgement.py`: a `Judgement` a text.
* `two_judges.py`: `JudgePair`: the judge that may choose and the judge that only reports.
* `judge_fitting.py`: how a judge is learnt; `learning_texts.py`: from which texts.
* `gates.py`: the gates with their budgets, percentiles of real documents, the threshold;
  `percentiles.py`: gates of several parts.
* `ending_rules.py`: what ends judging, whatever the gates say.
* `questions/`: form, voice, sense, time: `fit`, `measure`; `neighbours.py`: order of sentences; the
  n-gram model of all questions; a neutral language model, where there is one.
* `views.py`: what is computed of a text, once.
* `kinds.py`, `kind_templates.py`: what must not pass, as a generator.

Measured by `benchmarks/judge.py`. A kind of text that no developer has seen passes more often than
the kinds in that table.
"""
