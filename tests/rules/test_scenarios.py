"""Scenarios: the rules of their graphs, and the ways that lead through them."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.errors import Missing
from quizapp.lessons import scenarios
from quizapp.lessons.scenarios import Ending, Scenario, Shown

SAID = {"says": "说", "then": "后来"}
LINES = {"lines": [{"says": "讲"}]}


def scene(name: str, *ways: str, ending: str | None = None, skill: str | None = "refuse") -> Any:
    made: dict[str, Any] = {"id": name, "zh": LINES}
    if ways:
        made["choice"] = [
            {"to": to, "zh": SAID} | ({"skill": skill} if skill else {}) for to in ways
        ]
    return made | ({"ending": ending} if ending else {})


SOUND = [
    scene("a", "b", "c"),
    scene("b", "good", "mixed"),
    scene("c", "b", "good"),
    scene("good", ending="good"),
    scene("mixed", ending="mixed"),
]


def told(scenes: Sequence[Any]) -> list[tuple[int, str]]:
    draft, wrong = scenarios.draft({"zh": {"title": "题"}, "scene": list(scenes)})
    assert draft, wrong
    return scenarios.faults(draft)


def made(scenes: Sequence[Any] = SOUND) -> Scenario:
    draft, _wrong = scenarios.draft({"zh": {"title": "题"}, "scene": list(scenes)})
    assert draft
    return scenarios.made("s", draft, {})


def test_a_sound_scenario_has_no_fault() -> None:
    assert told(SOUND) == []


BROKEN: Mapping[str, tuple[Sequence[Any], int, str]] = {
    "three scenes": ([scene("a", "good", "mixed"), *SOUND[3:]], 0, "four to fourteen scenes; this"),
    "one ending": ([*SOUND[:1], scene("b", "good", "good"), *SOUND[2:4]], 0, "at least two ending"),
    "no good ending": ([*SOUND[:3], scene("good", ending="again"), SOUND[4]], 0, "no ending is go"),
    "same name": ([*SOUND, scene("b", "good", "mixed")], 1, "two scenes are called b"),
    "ending with choices": ([*SOUND[:4], scene("mixed", "good", "good", ending="mixed")], 4,
                            "mixed has choices and an ending"),
    "dead end": ([*SOUND[:4], scene("mixed"), scene("x", ending="again")], 4, "mixed is a dead en"),
    "one choice": ([SOUND[0], scene("b", "good"), *SOUND[2:]], 1, "b must have two to four choice"),
    "five choices": ([SOUND[0], scene("b", *["good"] * 4, "mixed"), *SOUND[2:]], 1, "two to four"),
    "no skill": ([*SOUND[:2], scene("c", "b", "good", skill=None), *SOUND[3:]], 2, "no choice of"),
    "nowhere": ([SOUND[0], scene("b", "mixed", "god"), *SOUND[2:]], 1, "did you mean good?"),
    "out of reach": ([*SOUND, scene("far", ending="again")], 5, "no way leads to far"),
    "round": ([*SOUND[:2], scene("c", "a", "good"), *SOUND[3:]], 0, "a way leads from a back to i"),
    "to itself": ([*SOUND[:2], scene("c", "c", "good"), *SOUND[3:]], 2, "a way leads from c back"),
    "hopeless": ([*SOUND[:2], scene("c", "b", "x", "good"), *SOUND[3:],
                  scene("x", "mixed", "mixed")], 5, "no good ending can be reached from x"),
    "picture without words": ([{**SOUND[0], "picture": "a.svg"}, *SOUND[1:]], 0, "a picture and i"),
    "words without picture": ([{**SOUND[0], "zh": {**LINES, "alt": "图"}}, *SOUND[1:]], 0, "alt i"),
    "English alone": ([{**SOUND[0], "en": LINES}, *SOUND[1:]], 0, "has no English title"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_told_with_its_scene(name: str) -> None:
    scenes, number, says = BROKEN[name]

    found = told(scenes)

    assert [sentence for at, sentence in found if at == number and says in sentence], found


def test_all_rules_that_are_broken_are_told_at_once() -> None:
    found = told([scene("a", "a", skill=None), scene("far", ending="mixed")])

    assert len(found) == 8, found


@st.composite
def graphs(draw: st.DrawFn) -> list[Any]:
    """Scenes with any ways between them, to nowhere too."""
    names = [f"s{number}" for number in range(draw(st.integers(2, 16)))]
    found = []
    for name in names:
        ways = draw(st.lists(st.sampled_from([*names, *names[-4:], "x"]), max_size=5))
        # Two in three have either ways or an ending, as they should.
        ending = None if ways else draw(st.sampled_from([*Ending, Ending.GOOD, None]))
        ending = ending or draw(st.sampled_from([None, None, None, "good"]))
        skill = draw(st.sampled_from(["help", "help", "help", None]))
        found.append(scene(name, *ways, ending=ending, skill=skill))
    return found


@st.composite
def onward(draw: st.DrawFn) -> list[Any]:
    """Scenes whose ways only lead on; the last two are endings. Often they keep every rule."""
    count = draw(st.integers(2, 9))
    names = [f"s{number}" for number in range(count)]
    found = []
    for number, name in enumerate(names):
        after = [*names[number + 1 :], "good", "again"]
        others = draw(st.lists(st.sampled_from(after), min_size=1, max_size=3))
        found.append(scene(name, after[0], *others))
    return [*found, scene("good", ending="good"), scene("again", ending="again")]


def ways(scenes: Sequence[Any], start: str = "s0") -> list[list[str]]:
    """Return every way from a scene to where it ends, naively; one that goes round ends there."""
    choices = {each["id"]: [c["to"] for c in each.get("choice", [])] for each in scenes}

    def on(way: list[str]) -> list[list[str]]:
        here = way[-1]
        if here in way[:-1] or not choices.get(here):
            return [way]
        return [whole for to in choices[here] for whole in on([*way, to])]

    return on([start])


@given(st.one_of(graphs(), onward()))
def test_what_has_no_fault_can_be_walked_to_its_end_in_every_way(scenes: list[Any]) -> None:
    """And what has one in its graph cannot: told by walking, not by the rules' own means."""
    ids = {each["id"] for each in scenes}
    endings = {each["id"]: each["ending"] for each in scenes if "ending" in each}
    found = told(scenes)
    if sum(len(each.get("choice", [])) for each in scenes) > 24:
        return  # Too many ways to walk them all.

    walked = {each["id"]: ways(scenes, each["id"]) for each in scenes}
    from_start = {name for way in walked["s0"] for name in way}
    goes_round = any(len(way) > len(set(way)) for each in walked.values() for way in each)
    to_nowhere = any(way[-1] not in ids for each in walked.values() for way in each)
    hopeless = [
        each["id"]
        for each in scenes
        if "choice" in each
        and not any(endings.get(name) == "good" for way in walked[each["id"]] for name in way)
    ]

    says = " ".join(sentence for _number, sentence in found)
    assert goes_round == ("back to it" in says)
    assert to_nowhere == ("there is no scene x" in says)
    assert set(hopeless) == set(re.findall(r"no good ending can be reached from (\w+)", says))
    assert ids - from_start == set(re.findall(r"no way leads to (\w+)", says))
    if not found:
        assert all(way[-1] in endings for way in walked["s0"])
        assert max(map(len, walked["s0"])) <= 14


@given(onward(), st.data())
def test_a_path_of_digits_leads_where_its_choices_lead(
    scenes: list[Any], data: st.DataObject
) -> None:
    scenario = made(scenes)
    path, here = "", scenario.scenes[0]
    while here.choices:
        digit = data.draw(st.integers(0, len(here.choices) - 1))
        path, here = f"{path}{digit}", scenario.scene(here.choices[digit].to)

    assert scenarios.at(scenario, path) is here
    assert here.ending
    steps = scenarios.taken(scenario, path)
    assert [step.id for step, _choice in steps][:1] == ["s0"]
    assert [choice.to for _step, choice in steps][-1] == here.id
    with pytest.raises(Missing):
        scenarios.at(scenario, path + "0")


@pytest.mark.parametrize("path", ["2", "9", "x", "-1", "٠", "²", "0000"])
def test_a_way_that_is_not_there_is_missing(path: str) -> None:
    with pytest.raises(Missing):
        scenarios.at(made(), path)


def test_a_scenario_is_kept_whole() -> None:
    picture = {**SOUND[0], "picture": "a.svg", "zh": {**LINES, "alt": "图"}}
    draft, _wrong = scenarios.draft({"zh": {"title": "题"}, "scene": [picture, *SOUND[1:]]})
    assert draft
    scenario = scenarios.made("s", draft, {"a.svg": Shown("/a.svg?v=1", 640, 360)})

    kept = Scenario.of_document(json.loads(json.dumps(scenario.as_document())))

    assert kept == scenario
    assert [each.id for each in kept.endings] == ["good", "mixed"]
    assert kept.scenes[0].picture == Shown("/a.svg?v=1", 640, 360)
