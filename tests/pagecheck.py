"""What is true of every page, checked on each page that a test fetches."""

from collections import Counter
from html.parser import HTMLParser

CONTROLS = {"input", "select", "textarea"}
UNLABELLED = {"hidden", "submit", "button"}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.headings = 0
        self.titles = 0
        self.labelled: set[str] = set()
        self.controls: list[dict[str, str | None]] = []
        self.faults: list[str] = []
        self._depth_of_label = 0
        self._in_svg = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = dict(attrs)
        self._in_svg += tag == "svg"
        if own.get("id"):
            self.ids[str(own["id"])] += 1
        self.headings += tag == "h1"
        self.titles += tag == "title" and not self._in_svg
        if tag == "label":
            self._depth_of_label += 1
            self.labelled.add(str(own.get("for")))
        if tag in CONTROLS and own.get("type") not in UNLABELLED and not self._depth_of_label:
            self.controls.append(own)
        if tag == "script" and "src" not in own and own.get("type") != "application/json":
            self.faults.append("an inline script")
        if "style" in own and not self._in_svg:
            self.faults.append(f"style= on {tag}")
        self.faults += [f"{name}= on {tag}" for name in own if name.startswith("on")]
        if tag == "img" and "alt" not in own:
            self.faults.append("a picture without alt")

    def handle_endtag(self, tag: str) -> None:
        self._depth_of_label -= tag == "label"
        self._in_svg -= tag == "svg"


def check(text: str, where: str) -> None:
    """Fail on a page without a title, with two h1, doubled ids, nameless controls, inline code."""
    page = _Page()
    page.feed(text)
    nameless = [
        own
        for own in page.controls
        if own.get("id") not in page.labelled and not own.get("aria-label")
    ]
    faults = [*page.faults, *(f"id {i} twice" for i, n in page.ids.items() if n > 1)]
    faults += [f"{own.get('name')} has no label" for own in nameless]
    faults += ["no title"] * (page.titles != 1) + [f"{page.headings} h1"] * (page.headings != 1)
    assert not faults, f"{where}: {faults}"
