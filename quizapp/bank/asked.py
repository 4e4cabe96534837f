"""A question as it is asked under one seed: its row of params, its order, its letters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from quizapp.bank import lettering, marking, params
from quizapp.bank.lettering import DIGITS, LETTERS
from quizapp.bank.models import BankPicture, Revision
from quizapp.bank.rules import GAP, Choice, Kind
from quizapp.bank.texts import Picture, Said
from quizapp.core.i18n import in_language, lazy

UNCLEAR = {  # What to say where an answer is not whole.
    Kind.ORDER: lazy("Give each one a place of its own."),
    Kind.MATCH: lazy("Choose a partner for each one first."),
    Kind.FILL: lazy("Write an answer first."),
}
CHOOSE = lazy("Choose an answer first.")


@dataclass(frozen=True)
class Shown:
    """An option, or a partner, under the sign that it has here."""

    key: str
    text: str


@dataclass(frozen=True)
class Pictured:
    """The picture of a question: the name of its bytes, its size in pixels, what it shows."""

    sha256: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class Posed:
    """A question as a pupil meets it. Nothing here tells right from wrong.

    `chosen` is as it is sent; `kept` the sign that stands beside each letter: in `order` its
    place, in `match` its partner.
    """

    kind: Kind
    lang: str
    scene: str | None
    stem: str
    picture: Pictured | None
    choices: tuple[Shown, ...]
    partners: Sequence[Shown]
    chosen: Sequence[str]
    kept: Mapping[str, str]
    is_answered: bool
    in_digits: bool

    def __hash__(self) -> int:
        return hash((self.stem, self.choices))  # Not all of the rest has one.

    @property
    def arranged(self) -> list[Shown]:
        """The choices in the order that was given, or else in that in which they are shown."""
        if self.kind is not Kind.ORDER or not self.chosen:
            return list(self.choices)
        return sorted(self.choices, key=lambda choice: self.chosen.index(choice.key))

    @property
    def was(self) -> str:
        """What a plain form sends of the choice that it was drawn with."""
        said = list(self.chosen)
        if self.kind is Kind.ORDER:
            said = [f"{letter}:{place}" for letter, place in lettering.places_of(said).items()]
        return "|".join(sorted(said))


@dataclass(frozen=True)
class Compared:
    """A line of an answer beside what is right; `chosen` is None where nothing was."""

    text: str
    chosen: str | None
    right: str
    is_right: bool


@dataclass(frozen=True)
class Explained:
    """What was right and why, beside what was chosen; letters are as they are sent.

    Where nobody was asked to choose, `feedback` is all that some answer is told.
    """

    right: Sequence[str]
    compared: Sequence[Compared]
    feedback: Sequence[str]
    explain: str


@dataclass(frozen=True)
class Asked:
    """`seed` decides the row of params and all orders; nothing else is kept of them."""

    revision: Revision | Said
    seed: int

    @property
    def kind(self) -> Kind:
        return self.revision.kind

    @cached_property
    def shown(self) -> list[int]:
        """The option numbers in the order shown."""
        options = self.revision.text["zh"].get("options", [])
        return lettering.order(self.kind, len(options), self.seed)

    @cached_property
    def beside(self) -> list[int]:
        """The numbers of the partners in the order shown; [] but in `match`."""
        if self.kind is not Kind.MATCH:
            return []
        return lettering.partners(len(_partners(self.revision.text["zh"])), self.seed)

    @cached_property
    def accept(self) -> list[str]:
        """The words that are right in a `fill`: a pupil may answer in any language."""
        return [word for lang in self.revision.text for word in self.words(lang).get("accept", [])]

    @property
    def key(self) -> Choice:
        """A choice that is right."""
        return self.accept[0] if self.kind is Kind.FILL else list(self.revision.answer)

    def words(self, locale: str) -> dict[str, Any]:
        """Return the text in the language, or in Chinese where it is missing, and its `lang`."""
        said = in_language(self.revision.text, locale)
        rows = said.pop("params", [])
        filled: dict[str, Any] = params.filled(said, params.row(rows, self.seed)) if rows else said
        return filled

    def fits(self, choice: Choice) -> bool:
        return marking.fits(self.kind, len(self.shown), choice, len(self.beside))

    def is_right(self, choice: Choice) -> bool:
        return marking.is_right(self.kind, self.revision.answer, choice, self.accept)

    def understood(self, sent: Sequence[str]) -> Choice:
        """Return the choice that is sent with these letters, pairs or words.

        ValueError for one that cannot be made here.
        """
        choice = self._choice(sent)
        if not self.fits(choice):
            raise ValueError("there is no such choice")
        return choice

    def of_form(self, values: Sequence[str]) -> Choice:
        """Return the same for what a plain form sends: in `order` each letter with its place."""
        said = lettering.filled_in(values)
        return self.understood(lettering.of_form(self.kind, said, len(self.shown)))

    def sent(self, choice: Choice) -> list[str]:
        """Return the choice as it is sent; the inverse of `understood`."""
        if isinstance(choice, str):
            return [choice] if choice else []
        if self.kind is Kind.MATCH:
            return lettering.pairs_of(choice, self.shown, self.beside)
        letters = lettering.letters_of(choice, self.shown)
        return letters if self.kind is Kind.ORDER else sorted(letters)

    def posed(self, choice: Choice, locale: str) -> Posed:
        words, sent = self.words(locale), self.sent(choice)
        options, kept = words.get("options", []), {}
        if self.kind is Kind.ORDER:
            kept = lettering.places_of(sent)
        elif self.kind is Kind.MATCH:
            kept = {pair[0]: pair[-1] for pair in sent}
        partners = _partners(words) if self.kind is Kind.MATCH else []
        return Posed(
            kind=self.kind,
            lang=words["lang"],
            scene=words.get("scene"),
            stem=words["stem"],
            picture=_pictured(self.revision.picture, words),
            choices=_under(LETTERS, [options[number]["text"] for number in self.shown]),
            partners=_under(DIGITS, [partners[number] for number in self.beside]),
            chosen=sent,
            kept=kept,
            is_answered=marking.is_whole(choice),
            in_digits=self.kind is Kind.FILL and all(map(str.isdigit, self.accept)),
        )

    def explained(self, choice: Choice | None, locale: str) -> Explained:
        """Return what is told once the answer is in; None where nobody was to choose."""
        words = self.words(locale)
        chosen = marking.read(self.kind, "") if choice is None else choice
        told = _all_feedback(words) if choice is None else self._feedback(chosen, words)
        return Explained(
            right=self._right(words),
            compared=self._compared(chosen, words),
            feedback=list(told),
            explain=words["explain"],
        )

    def _right(self, words: Mapping[str, Any]) -> list[str]:
        """Return what is right, as it is sent; in `fill` every word that is."""
        return list(words["accept"]) if self.kind is Kind.FILL else self.sent(self.revision.answer)

    def _compared(self, choice: Choice, words: Mapping[str, Any]) -> list[Compared]:
        """Return the answer beside what is right, line by line; [] where options are marked."""
        if isinstance(choice, str):
            return [Compared("", choice or None, words["accept"][0], self.is_right(choice))]
        texts = [option["text"] for option in words["options"]]
        if self.kind is Kind.ORDER:
            places = {number: str(place) for place, number in enumerate(choice, 1)}
            return [
                Compared(
                    text, places.get(number), str(number + 1), places.get(number) == str(number + 1)
                )
                for number, text in enumerate(texts)
            ]
        if self.kind is Kind.MATCH:
            partners, given = _partners(words), choice or [GAP] * len(texts)
            return [
                Compared(
                    texts[number],
                    partners[given[number]] if given[number] != GAP else None,
                    partners[number],
                    given[number] == number,
                )
                for number in self.shown
            ]
        return []

    def told(self, choice: Choice, locale: str) -> list[str]:
        """Return the choice in words."""
        if isinstance(choice, str):
            return [choice] if choice else []
        words = self.words(locale)
        texts = [option["text"] for option in words["options"]]
        if self.kind is Kind.MATCH:
            partners = _partners(words)
            return [
                f"{texts[option]} → {partners[partner]}"
                for option, partner in enumerate(choice)
                if partner != GAP
            ]
        return [texts[number] for number in choice]

    def _feedback(self, choice: Choice, words: Mapping[str, Any]) -> Iterator[str]:
        """Yield what helps after this choice; nothing where nothing was chosen."""
        if not choice:
            return
        if isinstance(choice, str) or self.kind is Kind.ORDER:
            if not self.is_right(choice):
                known = {marking.bare(one["text"]): one for one in words.get("wrong", [])}
                said = known.get(marking.bare(choice), words) if isinstance(choice, str) else words
                yield said["feedback"]
            return
        options = words["options"]
        if self.kind is Kind.MATCH:
            about = [n for n, partner in enumerate(choice) if partner not in (n, GAP)]
        else:
            about = list(choice)
        yield from (options[n]["feedback"] for n in about if options[n].get("feedback"))

    def _choice(self, sent: Sequence[str]) -> Choice:
        if self.kind is Kind.FILL:
            if len(sent) > 1:
                raise ValueError("there is one gap")
            return marking.typed(sent[0]) if sent else ""
        if self.kind is Kind.MATCH:
            return lettering.partners_of(sent, self.shown, self.beside)
        return lettering.numbers_of(sent, self.shown)


def _all_feedback(words: Mapping[str, Any]) -> Iterator[str]:
    """Yield everything that some answer is told."""
    for part in (*words.get("options", ()), *words.get("wrong", ()), words):
        if part.get("feedback"):
            yield part["feedback"]


def _pictured(picture: BankPicture | Picture | None, words: Mapping[str, Any]) -> Pictured | None:
    if picture is None:
        return None
    alt = words.get("picture_alt", "")
    return Pictured(picture.sha256, picture.width, picture.height, alt)


def _partners(words: Mapping[str, Any]) -> list[str]:
    """Return all partners by their numbers: those of the options, then those of nobody."""
    return [option["pair"] for option in words["options"]] + list(words.get("others", []))


def _under(signs: str, texts: Sequence[str]) -> tuple[Shown, ...]:
    return tuple(Shown(sign, text) for sign, text in zip(signs, texts, strict=False))
