"""The gallery shows every component, and only where nobody is served."""

from pathlib import Path

import pytest

from quizapp.app import create_app
from tests.conftest import Visitor
from tests.settings import configured


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_component_is_drawn(visitor: Visitor, locale: str) -> None:
    visitor.set_cookie("locale", locale)

    page = visitor.get("/gallery")

    assert page.status_code == 200
    for component in ("notice--near", "tag--good", "meter__fill", "field__error", "answer--right"):
        assert component in page.text, component


def test_a_public_site_has_no_gallery(tmp_path: Path) -> None:
    told = configured(tmp_path, f"sqlite:///{tmp_path}/x.db", base_url="https://shield.example")
    app = create_app(told, testing=True)

    assert "gallery.show" not in app.view_functions
