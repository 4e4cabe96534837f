"""Every route has a door, and the doors hold."""

from flask import Flask

from quizapp.web.measuring import KINDS, OF_BLUEPRINT
from quizapp.web.pace import PACES
from tests.conftest import Visitor

PUBLIC = {
    "api.openapi", "api.sign_in", "factor.ask", "factor.give", "gallery.show",
    "home.healthz", "home.index", "home.readyz", "journal.not_here", "journal.worker",
    "lessons.drawing", "lessons.medium", "lessons.picture", "metrics.show", "pictures.show",
    "preferences.choose_contrast", "preferences.choose_locale", "preferences.choose_pinyin",
    "preferences.choose_size", "preferences.choose_theme", "signin.card", "signin.create",
    "signin.create_staff", "signin.delete", "signin.new", "signin.new_staff", "signin.show_card",
    "signin.show_invitation", "signin.take_up_invitation", "signin.use_card",
    "window.enter", "window.names", "window.new", "window.show_name", "window.use",
}  # fmt: skip


def test_every_route_has_a_door(app: Flask) -> None:
    assert [name for name, view in app.view_functions.items() if not hasattr(view, "door")] == []


def test_what_is_open_to_the_world_is_on_this_list(app: Flask) -> None:
    views = app.view_functions.items()
    assert {name for name, view in views if view.__dict__["door"] == "public"} == PUBLIC


def test_what_is_measured_and_paced_by_name_is_there(app: Flask) -> None:
    assert not (set(PACES) | set(KINDS)) - set(app.view_functions)
    assert set(OF_BLUEPRINT) <= set(app.blueprints)


def test_a_stranger_is_sent_to_the_sign_in_everywhere_else(app: Flask, visitor: Visitor) -> None:
    unit = "0199aaaa-0000-7000-8000-000000000000"
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            continue
        keys = dict.fromkeys(rule.arguments, unit if "uuid" in rule.rule else "1")
        path = app.url_map.bind("localhost").build(
            rule.endpoint, keys, method=min((rule.methods or set()) - {"HEAD", "OPTIONS"})
        )
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = visitor.open(path, method=method)
            expected = 401 if rule.rule.startswith("/api/") else 303
            assert answer.status_code == expected, (method, rule.rule, answer.status_code)
