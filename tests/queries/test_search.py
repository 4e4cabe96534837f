"""What a search of the bank looks through, and how it goes on from page to page."""

from sqlalchemy.orm import Session

from quizapp.bank import editing, reviews, search
from quizapp.bank.rules import Pool
from quizapp.bank.search import Filters
from tests import make, reviewers
from tests.town import NOON, Town

POOLS = tuple(Pool)


def keys(session: Session, **wanted: object) -> list[str]:
    found = search.found(session, Filters(**wanted), POOLS)  # type: ignore[arg-type]
    return [revision.question.key for revision in found.rows]


def test_one_to_three_signs_are_found_within_a_sentence(session: Session, town: Town) -> None:
    made = reviewers.draft(session, town.editor_yu)  # …请你试一支没见过的电子烟…
    own = [made.question.key]

    assert all(keys(session, words=w) == own for w in ("烟", "电子", "电子烟", "见过的", "拒绝来"))
    assert keys(session, words="子电") == []
    assert keys(session, words="50%_") == []


def test_words_and_sources_are_those_of_the_text_in_use(session: Session, town: Town) -> None:
    signers = reviewers.three(session, town)
    first = reviewers.draft(session, town.editor_yu)
    own = [first.question.key]
    reviews.submit(session, first, text="", by=town.editor_yu, now=NOON)
    for aspect, signer in signers.each():
        reviews.sign(session, first, aspect, by=signer, now=NOON)
    second = editing.edit(
        session, first.question, reviewers.written("同学递来一包陌生的糖，你怎么做？"),
        base=first, by=town.editor_yu, now=NOON,
    )  # fmt: skip

    assert keys(session, words="电子烟") == own
    assert keys(session, words="陌生的糖") == []
    assert keys(session, source="rule", stage="junior") == own
    assert keys(session, source="rul") == []

    reviews.submit(session, second, text="", by=town.editor_yu, now=NOON)
    for aspect, signer in signers.each():
        reviews.sign(session, second, aspect, by=signer, now=NOON)
    session.commit()

    assert keys(session, words="电子烟") == []
    assert keys(session, words="陌生的糖") == own


def test_pages_go_on_behind_what_was_counted(session: Session, town: Town) -> None:
    session.commit()
    few = Filters(topic="law")
    for number in range(100, 230):
        make.question(session, number, topic="law", key=f"x{number}")

    counted, search.COUNTED = search.COUNTED, 70
    try:
        seen, after = [], ""
        while True:
            page = search.found(session, few, POOLS, after=after)
            assert page.count is None
            seen += [revision.question.key for revision in page.rows]
            if page.after is None:
                break
            after = page.after
    finally:
        search.COUNTED = counted

    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == 136
    assert search.found(session, few, POOLS).count == 136
