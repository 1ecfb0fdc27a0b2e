"""Restyle: a person's draft in the era's manner, with a ledger of its facts."""
