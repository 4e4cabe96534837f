"""What somebody wrote of a question, whole or not yet, held against the rules of the files."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from quizapp.bank.drafts import QuestionDraft, Sources, checked
from quizapp.bank.models import BankPicture, Question, Revision, RevisionState
from quizapp.bank.rules import BankStage, Kind, Origin, Pool
from quizapp.core.pictures import ENDINGS

ARRANGED = (Kind.ORDER, Kind.MATCH)  # Right is the order in which the options were written.


@dataclass(frozen=True)
class Written:
    """A question as an editor wrote it. `text` and `answer` are those of a revision."""

    topic_key: str
    kind: Kind
    stage: BankStage
    difficulty: int
    pool: Pool
    core: bool
    objective: str
    sources: Sequence[str]
    as_of: date | None
    review_by: date | None
    text: Mapping[str, Any]
    answer: Sequence[int]
    picture: BankPicture | None = None

    @property
    def head(self) -> dict[str, Any]:
        """What the question itself takes over at the approval."""
        return {
            "topic_key": self.topic_key, "stage": self.stage.value, "difficulty": self.difficulty,
            "pool": self.pool.value, "core": self.core,
        }  # fmt: skip

    def entry(self, key: str) -> dict[str, Any]:
        """Return what a file would say of it."""
        days = {"as_of": self.as_of, "review_by": self.review_by}
        return {
            "key": key, "kind": self.kind.value, "stage": self.stage.value,
            "difficulty": self.difficulty, "pool": self.pool.value, "core": self.core,
            "objective": self.objective, "source": list(self.sources),
            **{name: day for name, day in days.items() if day},
            **({"picture": picture_name(self.picture)} if self.picture else {}),
            **{lang: self._marked(said) for lang, said in self.text.items()},
        }  # fmt: skip

    def drafted(self, key: str, sources: Sources) -> tuple[QuestionDraft | None, list[str]]:
        """Return it as a file's question, or None and every rule of the files that it breaks."""
        head, texts, faults = checked(self.entry(key), sources)
        if head is None or faults:
            return None, faults
        sha256 = self.picture.sha256 if self.picture else ""
        return QuestionDraft(self.topic_key, head, texts, "", 0, sha256), faults

    def digest(self, key: str) -> str:
        """SHA-256 of what it says: that of a file which says the same, where the rules are kept."""
        draft, _faults = self.drafted(key, None)
        if draft:
            return draft.digest
        said = json.dumps([self.topic_key, self.entry(key)], sort_keys=True, default=str)
        return hashlib.sha256(said.encode()).hexdigest()

    def revision(self, **more: Any) -> Revision:
        """Return it as a draft of this site; without a question it is one only to be looked at."""
        return Revision(
            state=RevisionState.DRAFT, origin=Origin.SITE, kind=self.kind,
            objective=self.objective, sources=list(self.sources), as_of=self.as_of,
            review_by=self.review_by, text=dict(self.text), answer=list(self.answer),
            head=self.head, picture=self.picture, **more,
        )  # fmt: skip

    def _marked(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Return the text with its right options marked, as a file marks them."""
        if self.kind in (*ARRANGED, Kind.FILL):
            return dict(said)
        right = set(self.answer)
        options = [
            {**option, "right": True} if number in right else option
            for number, option in enumerate(said["options"])
        ]
        return {**said, "options": options}


def of(revision: Revision) -> Written:
    """Return what a revision says."""
    head = revision.head or head_of(revision.question)
    return Written(
        topic_key=head["topic_key"], kind=revision.kind, stage=BankStage(head["stage"]),
        difficulty=head["difficulty"], pool=Pool(head["pool"]), core=head["core"],
        objective=revision.objective, sources=revision.sources, as_of=revision.as_of,
        review_by=revision.review_by, text=revision.text, answer=revision.answer,
        picture=revision.picture,
    )  # fmt: skip


def picture_name(picture: BankPicture) -> str:
    """Return what a file calls a picture that has no other name."""
    return f"{picture.sha256}.{ENDINGS[picture.media_type]}"


def head_of(question: Question) -> dict[str, Any]:
    """Return what the question itself keeps, as `Revision.head` holds it."""
    return {
        "topic_key": question.topic_key, "stage": question.stage.value,
        "difficulty": question.difficulty, "pool": question.pool.value, "core": question.core,
    }  # fmt: skip
