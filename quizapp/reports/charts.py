"""Figures for plotly.js, as plain dicts; the table of the same rows stands beside each."""

from collections.abc import Sequence
from typing import Any

from quizapp.core.i18n import _
from quizapp.reports.coverage import Row
from quizapp.reports.ladder import Status
from quizapp.web.filters import share

BAR, ROOM = 28, 90  # Pixels: for each bar, and for axis and label of the target.
LINE = {"yref": "paper", "line": {"width": 2, "dash": "dash"}}
LABEL = {"yref": "paper", "showarrow": False}


def rates(rows: Sequence[Row], target: int) -> dict[str, Any] | None:
    """Return a bar for each row that has a rate, in the order of the rows, the target as a line.

    `target` is in per cent. None: no row has a rate. Colours that begin with "--" are tokens that
    the page fills in, so that dark pages get dark colours.
    """
    shown = [row for row in rows if row.ladder.rate is not None]
    if not shown:
        return None
    # Imported late: it takes 0.2 s and 20 MB, which only those who look at charts should pay.
    import plotly.graph_objects as go  # noqa: PLC0415

    values = [row.ladder.rate or 0 for row in shown]
    aim = target / 100
    label = _("Target %(target)s", target=share(aim, 0))
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=values,
            y=[row.unit.code for row in shown],
            text=[share(value) for value in values],
            textposition="auto",
            insidetextanchor="start",  # At the end the line of the target would cross it.
            constraintext="none",
            cliponaxis=False,
            hoverinfo="skip",
        ),
        go.Layout(
            template="none",
            height=BAR * len(shown) + ROOM,
            margin={"l": 8, "r": 48, "t": 36, "b": 32},
            bargap=0.35,
            xaxis={"range": [0, max(1, *values)], "tickformat": ".0%", "fixedrange": True},
            yaxis={
                "type": "category",
                "autorange": "reversed",
                "automargin": True,
                "ticklabelstandoff": 6,
                "fixedrange": True,
                "tickvals": [row.unit.code for row in shown],
                "ticktext": [row.unit.name for row in shown],
            },
            # Written out, for `add_vline` takes four times as long as all the rest.
            shapes=[{"type": "line", "x0": aim, "x1": aim, "y0": 0, "y1": 1} | LINE],
            annotations=[{"text": label, "x": aim, "y": 1, "yanchor": "bottom"} | LABEL],
        ),
    )
    plain: dict[str, Any] = figure.to_plotly_json()
    reached = [row.ladder.status(target) is Status.REACHED for row in shown]
    plain["data"][0]["insidetextfont"] = {"color": "--card"}
    plain["data"][0]["marker"] = {"color": ["--bar" if r else "--bar-behind" for r in reached]}
    plain["layout"]["shapes"][0]["line"]["color"] = "--ink"
    return plain
