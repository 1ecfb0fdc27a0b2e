"""The base of every configuration class."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """Values that decide the output of a stage.

    An unknown key is an error, so a typing mistake does not leave a default in place. The text
    below a field is its documentation: it appears in `erastyle config` and in the JSON schema for
    editors.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
