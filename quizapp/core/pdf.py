"""PDF files: a template of templates/pdf, set by typst with data that goes in as text only."""

import json
from collections.abc import Mapping
from functools import cache
from threading import Lock
from typing import Final

import typst

from quizapp.core.errors import DomainError
from quizapp.core.i18n import _
from quizapp.core.paths import PACKAGE

FOLDER: Final = PACKAGE / "templates" / "pdf"
# Of each kind the first that the machine has is taken.
SANS: Final = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "SimHei", "PingFang SC")
SERIF: Final = ("Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "Songti SC")
_one_at_a_time = Lock()


class NoFont(DomainError):
    """The machine has no Chinese font: the file would be full of empty boxes."""

    status = 503
    code = "no_font"


def render(template: str, data: Mapping[str, object]) -> bytes:
    """Return the PDF that templates/pdf/<template>.typ makes of the data; NoFont.

    The template reads `data` by `page.typ`. It is JSON, so that nothing in it is ever markup.
    """
    sans, serif = check_fonts()
    told = {"data": json.dumps(data, ensure_ascii=False), "sans": sans, "serif": serif}
    with _one_at_a_time:  # The compiler keeps what it has read; two at once would mix their data.
        made = _compiler().compile(
            FOLDER / f"{template}.typ", format="pdf", sys_inputs=told, pdf_standards=["ua-1"]
        )
    if not isinstance(made, bytes):
        raise TypeError(f"{template}: typst gave no PDF")
    return made


def check_fonts() -> tuple[str, str]:
    """Return the families to set in, without serifs and with; NoFont if there is none."""
    sans, serif = fonts()
    if not (sans and serif):
        raise NoFont(
            _(
                "No PDF can be made: this server has no Chinese font. Use the page to print; who "
                "runs the site installs fonts-noto-cjk."
            )
        )
    return sans, serif


def fonts() -> tuple[str | None, str | None]:
    """Return the families for signs without and with serifs; None: there is none with hanzi."""
    families = set(_fonts().families())
    sans = next((name for name in SANS if name in families), None)
    serif = next((name for name in SERIF if name in families), None)
    return sans or serif, serif or sans


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts()  # Looks through all fonts of the machine, in 0.2 s.


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=FOLDER, font_paths=_fonts())
