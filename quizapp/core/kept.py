"""Values that never change, kept in memory by their id: the database is asked for each but once."""

from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Generic, TypeVar
from uuid import UUID

from flask import current_app

Value = TypeVar("Value")
Read = Callable[[set[UUID]], Mapping[UUID, Value]]


class Kept(Generic[Value]):
    """At most `most` values of an application; what has been here longest goes first."""

    def __init__(self, name: str, most: int) -> None:
        self._name, self._most = f"kept {name}", most
        self._lock = Lock()

    def get(self, ids: Iterable[UUID], read: Read[Value]) -> dict[UUID, Value]:
        """Return the values by id; `read` is asked for those that are not here, if there are any.

        An id of which it knows nothing is left out, and asked for again.
        """
        wanted = set(ids)
        values: dict[UUID, Value] = current_app.extensions.setdefault(self._name, {})
        found = {one: value for one in wanted if (value := values.get(one)) is not None}
        if missing := wanted - found.keys():
            new = read(missing)
            found |= new
            with self._lock:
                values.update(new)
                while len(values) > self._most:
                    del values[next(iter(values))]
        return found
