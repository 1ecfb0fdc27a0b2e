"""The base of every configuration class."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """Values that decide the output of a stage.

    An unknown key is an error, so a typing mistake does not leave a default in place. The text
    below a field is its documentation; `option_texts` reads it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    def key_values(self) -> dict[str, Any]:
        """Return the values that decide the output, as plain JSON; keys are made of them."""
        return self.model_dump(mode="json")
