"""The templates of the studio. Everything that comes out of them is escaped."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from erastyle.eval.report import sandbox

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = "erastyle.studio"


def render(name: str, /, **values: Any) -> str:
    """Return a template with its values."""
    return environment().get_template(name).render(**values)


def prepare(*names: str) -> None:
    """Compile templates, so that the first page that needs them does not wait for it."""
    for name in names:
        environment().get_template(name)


@cache
def environment() -> Environment:
    """Return the templates; `autoescape` is on for all, whatever their names end with."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = files(FOLDER) / "templates"
    made = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
    )
    made.filters["visible"] = sandbox.visible
    made.filters["part"] = lambda text: quote(str(text), safe="")
    made.filters["day"] = lambda time: str(time)[:16].replace("T", " ")
    made.filters["count"] = "{:,}".format
    made.filters["share"] = lambda share: f"{100 * share:.0f} %"
    return made
