"""QR codes as drawings that stand in the page itself: no request, no style, no script."""

from io import BytesIO

import segno
from markupsafe import Markup


def svg(text: str) -> Markup:
    """Return the code as an SVG element without a size; it bears its own white margin.

    Up to 15 % of it may be dirty or folded away and it can still be read.
    """
    code = segno.make(text, error="m", micro=False)
    drawn = code.svg_inline(omitsize=True, svgclass=None, lineclass=None, border=4)
    return Markup(drawn)  # noqa: S704 - segno draws paths; the text itself is not in them.


def drawing(text: str) -> str:
    """Return the same code as an SVG file of its own, for paper."""
    code, out = segno.make(text, error="m", micro=False), BytesIO()
    code.save(out, kind="svg", xmldecl=False, omitsize=True, border=4)
    return out.getvalue().decode("ascii")
