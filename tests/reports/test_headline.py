"""The finding, its chart and its file: one sentence, the same rows, nothing hidden let out."""

import csv
import io
from datetime import date

import pytest
from flask import Flask, render_template_string

from quizapp.campaigns.models import Campaign, CampaignPart
from quizapp.core.ids import new_id
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.quizzes.models import Quiz
from quizapp.reports import charts, exports
from quizapp.reports.coverage import Base, Coverage, Row, Snapshot
from quizapp.reports.headline import headline
from quizapp.reports.ladder import UNKNOWN, Ladder

DISTRICT, SCHOOL = UnitKind.DISTRICT, UnitKind.SCHOOL


def unit(name: str, kind: UnitKind = DISTRICT) -> Unit:
    return Unit(id=new_id(), kind=kind, code=f"code-{name}", name=name, path=f"/{name}/")


def row(name: str, finished: int, base: int | None = 100, kind: UnitKind = DISTRICT) -> Row:
    ladder = Ladder(base, finished, finished, finished, finished, finished)
    return Row(unit(name, kind), Base.ROLL, ladder, None, False)


def hidden(name: str) -> Row:
    return Row(unit(name), Base.ROLL, UNKNOWN, None, True)


def report(*rows: Row, total: Row | None = None, quiz: bool = True) -> Coverage:
    campaign = Campaign(key="contest", title="=contest", target_percent=85)
    campaign.parts = [CampaignPart(position=0, quiz=Quiz(id=new_id()))] if quiz else []
    whole = total or row("city", 800, 1000)
    snapshot = Snapshot(date(2026, 11, 20), "990100-1")
    return Coverage(snapshot, whole.unit, campaign, whole, rows, (), ())


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (report(row("North", 74), row("South", 90)), "North is below 75%"),
        (report(row("East", 70), row("North", 74)), "East and North are below 75%"),
        (report(*[row(n, 60) for n in "ABC"], row("D", 90)), "3 districts are below 75%"),
        (report(*[row(n, 60, kind=SCHOOL) for n in "ABC"]), "3 schools are below 75%"),
        (report(*[row(n, 6, kind=SCHOOL) for n in "AB"], row("C", 6)), "3 units are below 75%"),
        (
            report(row("North", 75), row("South", 90)),
            "1 district short of the target of 85%, none by more than 10 points",
        ),
        (
            report(row("North", 85), row("South", 90)),
            "80.0% of the pupils on the roll have finished",
        ),
        (report(hidden("North")), "80.0% of the pupils on the roll have finished"),
        (
            report(row("North", 103), total=row("city", 103)),
            "More pupils have finished than there should be: the base must be checked",
        ),
        (
            report(row("North", 5, None), total=row("city", 1234, None)),
            "1,234 pupils have finished; no signed roll, so no rate",
        ),
        (report(total=row("city", 0, 0)), "Nobody here is asked to take part"),
        (report(total=row("city", 40), quiz=False), "40 pupils have signed in"),
        (
            report(total=hidden("Elm")),
            "Fewer than 10 pupils take part here, so their figures are not shown",
        ),
    ],
)
def test_the_finding_says_what_an_office_must_know_first(
    app: Flask, told: Coverage, expected: str
) -> None:
    with app.app_context():
        assert headline(told) == expected


def test_a_chart_has_the_bars_of_its_table_in_the_same_order(app: Flask) -> None:
    rows = [row("North", 103), row("South", 84), hidden("West"), row("East", 0, None)]

    with app.app_context():
        figure = charts.rates(rows, 85)

    assert figure is not None
    (bars,) = figure["data"]
    assert bars["x"] == [1.03, 0.84]
    assert bars["text"] == ["103.0%", "84.0%"]
    assert bars["marker"]["color"] == ["--bar", "--bar-behind"]
    assert figure["layout"]["xaxis"]["range"][0] == 0
    assert figure["layout"]["yaxis"]["ticktext"] == ["North", "South"]
    assert figure["layout"]["shapes"][0]["x0"] == 0.85
    assert figure["layout"]["annotations"][0]["text"] == "Target 85%"


def test_there_is_no_chart_without_a_rate(app: Flask) -> None:
    with app.app_context():
        assert charts.rates([hidden("West")], 85) is None


def test_a_unit_called_like_a_tag_stays_inside_the_figure(app: Flask) -> None:
    with app.test_request_context():
        figure = charts.rates([row("</script>\u2028", 50)], 85)
        island = render_template_string("{{ figure|tojson }}", figure=figure)

    assert "<" not in island
    assert "\u2028" not in island


def test_the_file_holds_the_rows_the_total_and_the_snapshot(app: Flask) -> None:
    told = report(row("North", 103), hidden("West"))

    with app.app_context():
        table = list(csv.reader(io.StringIO(exports.csv(told).decode("utf-8-sig"))))

    by_name = {line[0]: line for line in table if line}
    assert by_name["North"][2:4] == ["Roll", "100"]
    assert by_name["North"][-2:] == ["1.03", "More finished than there should be"]
    assert by_name["West"] == ["West", "code-West", *["·"] * 10, "Fewer than 10: not shown"]
    assert by_name["city"][-2] == "0.8"
    assert by_name["As of"][1] == "2026-11-20"
    assert by_name["Campaign"][1] == "'=contest"  # No formula for the program that opens it.
    assert exports.name(told) == "coverage-contest-code-city-2026-11-20"
