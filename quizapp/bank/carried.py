"""Items between the look at them and the import: the page carries them, signed.

The site keeps nothing of a file that nobody has taken in.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

from quizapp.bank.exchange import Item
from quizapp.bank.formats.entries import entry_of, item_of
from quizapp.bank.imports import Defaults, Found
from quizapp.bank.rules import BankStage

LONGEST: Final = 900_000  # Signs: a form may hold a megabyte in all.
LASTS: Final = timedelta(hours=4)


@dataclass(frozen=True)
class Seen:
    """An item, and the number of the version over which it would have been written; 0 for none."""

    item: Item
    over: int


def packed(found: Sequence[Found], defaults: Defaults, *, by: UUID, key: str) -> str:
    """Return the items as text for a form of this person, compressed and signed.

    What was not understood is left out. Of a picture only its name is carried: it is kept already.
    """
    told = [[one.number, one.over, one.item.ref, _entry(one)] for one in found if one.item.texts]
    said = json.loads(json.dumps(told, default=date.isoformat))
    return _signer(key).dumps([str(by), defaults.stage, defaults.topic_key, said])


def unpacked(
    text: str, *, by: UUID, key: str, picture_of: Callable[[str], bytes], now: datetime
) -> tuple[dict[int, Seen], Defaults] | None:
    """Return the items by their numbers; None if it is too old, another's or not from here.

    `picture_of` gives the bytes of a picture by its name.
    """
    try:
        (person, stage, topic_key, said), signed_at = _signer(key).loads(
            text, return_timestamp=True
        )
    except BadData:
        return None
    if person != str(by) or now - signed_at > LASTS:
        return None
    defaults = Defaults(BankStage(stage) if stage else None, topic_key)
    seen = {
        number: Seen(item_of(ref, entry, picture_of), over) for number, over, ref, entry in said
    }
    return seen, defaults


def _entry(one: Found) -> dict[str, Any]:
    topic = {"topic": one.said.topic_key} if one.said else {}
    drawn = {"picture": one.picture.sha256} if one.picture else {}
    return entry_of(one.item) | topic | drawn


def _signer(key: str) -> URLSafeTimedSerializer:
    how = {"digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(key, salt="questions-to-import", signer_kwargs=how)
