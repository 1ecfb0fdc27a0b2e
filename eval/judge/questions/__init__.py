"""The four questions of a judge, and the models that they ask."""
