"""Items between the look at them and the import: the page carries them, signed.

The site keeps nothing of a file that nobody has taken in.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

from quizapp.bank.exchange import Item
from quizapp.bank.formats.entries import entry_of, item_of
from quizapp.bank.imports import Defaults
from quizapp.bank.rules import BankStage

LONGEST: Final = 900_000  # Signs: a form may hold a megabyte in all.
LASTS: Final = timedelta(hours=4)


def packed(items: Sequence[Item], defaults: Defaults, *, by: UUID, key: str) -> str:
    """Return the items as text for a form of this person, compressed and signed.

    What was not understood is left out; pictures are not carried.
    """
    told = [[n, item.ref, entry_of(item)] for n, item in enumerate(items, 1) if item.texts]
    said = json.loads(json.dumps(told, default=date.isoformat))
    return _signer(key).dumps([str(by), defaults.stage, defaults.topic_key, said])


def unpacked(
    text: str, *, by: UUID, key: str, now: datetime
) -> tuple[dict[int, Item], Defaults] | None:
    """Return the items by their numbers; None if it is too old, another's or not from here."""
    try:
        (person, stage, topic_key, said), signed_at = _signer(key).loads(
            text, return_timestamp=True
        )
    except BadData:
        return None
    if person != str(by) or now - signed_at > LASTS:
        return None
    defaults = Defaults(BankStage(stage) if stage else None, topic_key)
    return {number: item_of(ref, entry) for number, ref, entry in said}, defaults


def _signer(key: str) -> URLSafeTimedSerializer:
    how = {"digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(key, salt="questions-to-import", signer_kwargs=how)
