"""What the API takes and gives: the shapes of docs/API, from which openapi.json is made."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

LONG_AGO, FAR_AHEAD = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


class Taken(BaseModel):
    """A body that is sent to us: unknown fields and "1" for 1 are faults."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Given(BaseModel):
    """What we answer. Times are ISO 8601 in UTC, shares 0–1 with four decimals."""


class Fault(Given):
    code: str
    message: str
    fields: dict[str, str]


class Refusal(Given):
    error: Fault


class SignIn(Taken):
    """A pupil gives school, login and secret; staff give login and password."""

    login: str = Field(min_length=1, max_length=40)
    school: str | None = Field(default=None, max_length=40)
    secret: str | None = Field(default=None, max_length=128)
    password: str | None = Field(default=None, max_length=128)
    code: str | None = Field(default=None, max_length=20, description="Second factor, where set.")


class SignedPupil(Given):
    id: UUID
    name: str
    class_: str = Field(serialization_alias="class")


class Post(Given):
    role: str
    unit: str


class SignedPerson(Given):
    id: UUID
    name: str
    postings: list[Post]


class Welcome(Given):
    csrf: str
    pupil: SignedPupil | None = None
    person: SignedPerson | None = None


class QuizOffer(Given):
    id: UUID
    title: str
    minutes: int
    items: int
    opens: datetime
    closes: datetime
    attempts_left: int
    sitting: UUID | None = Field(description="The one that is open, to be gone on with.")
    counts: str = Field(description="Which attempt counts: first, best or last.")
    is_mock: bool = Field(description="A rehearsal of a contest: it counts nowhere.")


class Choice(Given):
    key: str
    text: str


class Picture(Given):
    """What stands beside the stem; size in pixels."""

    address: str = Field(description="From the root of this site.")
    alt: str = Field(description="What it shows, for those who cannot see it.")
    width: int
    height: int


class Item(Given):
    """A question as it stands in the form; nothing in it tells right from wrong."""

    position: int
    kind: str
    scene: str | None = Field(description="What happens; only of a situation.")
    stem: str
    picture: Picture | None
    choices: list[Choice]
    partners: list[Choice] = Field(description="What the choices are matched with; or empty.")


class Kept(Given):
    position: int
    choice: list[str]
    seq: int


class SittingGiven(Given):
    id: UUID
    now: datetime
    deadline: datetime
    save_every: int
    items: list[Item]
    answers: list[Kept]
    layout: str = Field(description="one: an item a screen; all: the whole form.")
    forward_only: bool = Field(description="An item before the last answered one is refused.")
    tells: bool = Field(description="Feedback may be asked for while it is open.")
    bookmarks: list[int] = Field(description="Positions that the pupil marked to come back to.")


class BookmarksTaken(Taken):
    positions: list[int] = Field(max_length=1000)


class BookmarksGiven(Given):
    bookmarks: list[int]


class ItemTaken(Taken):
    position: int = Field(ge=1, le=1000)


class AnswerTaken(Taken):
    position: int = Field(ge=1, le=1000)
    choice: list[str] = Field(max_length=20)
    seq: int = Field(ge=1, le=2**53)
    at: AwareDatetime | None = Field(default=None, ge=LONG_AGO, le=FAR_AHEAD)


class AnswersTaken(Taken):
    answers: list[AnswerTaken] = Field(min_length=1, max_length=200)


class Acknowledged(Given):
    position: int
    seq: int


class SavedGiven(Given):
    saved: list[Acknowledged]
    now: datetime
    deadline: datetime
    save_every: int


class TimeGiven(Given):
    now: datetime
    deadline: datetime
    seconds_left: int = Field(description="Stands still while the school pauses the quiz.")
    is_paused: bool


class Receipt(Given):
    receipt: str
    score: int | None = Field(description="null until released")
    maximum: int
    passed: bool | None = Field(description="null until released")
    finished: bool
    missed: list[int] = Field(description="Positions for which an answer came too late to count.")


class CitedGiven(Given):
    title: str
    publisher: str
    locator: str
    says: str


class ItemResult(Given):
    position: int
    kind: str
    scene: str | None
    stem: str
    picture: Picture | None
    choices: list[Choice]
    partners: list[Choice]
    choice: list[str]
    right: list[str] | None = Field(description="null until released")
    is_right: bool
    late: bool = Field(description="Saved after the deadline, within the grace: it counts.")
    feedback: list[str] = Field(description="To what was chosen; empty until explain is released.")
    explain: str | None = Field(description="null until released")
    sources: list[CitedGiven]


class ResultGiven(Given):
    receipt: str
    score: int
    maximum: int
    passed: bool
    items: list[ItemResult]
    missed: list[int] = Field(description="As in the receipt.")


class CoverageGiven(Given):
    """The coverage report, as the page shows it."""

    snapshot: dict[str, Any]
    total: dict[str, Any]
    rows: list[dict[str, Any]]
