"""What is drawn once for everybody knows nobody: it asks for no token, session or request."""

from collections.abc import Iterator

import pytest
from jinja2 import Environment, meta, nodes

from quizapp.app import create_app
from tests.settings import configured

# What a language, and nothing else of a request, decides.
ASKED_FOR = {"_", "asset", "bank_words", "ngettext", "url_for"}


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The templates without what the site lets all of them use, so that each is seen to ask."""
    site = create_app(configured(tmp_path_factory.mktemp("site"), "sqlite://")).jinja_env
    bare = Environment(loader=site.loader, autoescape=True)
    bare.filters = site.filters
    return bare


def parsed(templates: Environment, name: str) -> nodes.Template:
    assert templates.loader
    return templates.parse(templates.loader.get_source(templates, name)[0])


def drawn_from(templates: Environment) -> set[str]:
    """Return the templates of which pages draw a part."""
    found = set()
    for name in templates.list_templates(["html"]):
        for call in parsed(templates, name).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "once":
                template = call.args[0]
                assert isinstance(template, nodes.Const), "say by name from what is drawn"
                found.add(template.value)
    return found


def with_imports(templates: Environment, name: str) -> Iterator[str]:
    yield name
    for other in meta.find_referenced_templates(parsed(templates, name)):
        assert other, f"{name} must say by name what it imports"
        yield from with_imports(templates, other)


def test_what_is_drawn_once_asks_for_nothing_of_its_reader(templates: Environment) -> None:
    drawn = drawn_from(templates)

    for name in {one for template in drawn for one in with_imports(templates, template)}:
        asked = meta.find_undeclared_variables(parsed(templates, name))
        assert asked <= ASKED_FOR, f"{name} asks for {asked - ASKED_FOR}"
    assert "lessons/_scenes.html" in drawn
