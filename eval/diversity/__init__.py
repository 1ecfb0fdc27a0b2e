"""How varied texts are, against real documents at equal length."""
