"""The manifest of a OneRoster zip: which files there should be, and which there are."""

from collections import Counter
from collections.abc import Iterator, Mapping

from quizapp.core.i18n import _
from quizapp.core.sheets import Packed
from quizapp.rosters.oneroster_fields import FILES, MANIFEST, MODES, NEEDED, VERSIONS
from quizapp.rosters.oneroster_tables import Told, shown

NAMES_SHOWN = 3


def manifest(packed: Packed, told: Told) -> tuple[str, dict[str, str]] | None:
    """Return the version and the mode of each file; None if there is no saying what this is."""
    rows = packed.tables.get(f"{MANIFEST}.csv", ())
    if not rows:
        says = _(
            "There is no readable manifest.csv at the top of the zip, so this is no OneRoster "
            "file. Export it again as “OneRoster 1.1 CSV” or “OneRoster 1.2 CSV”."
        )
        told.breaks("OR-101", MANIFEST, says)
        return None
    if rows[0].cells != ("propertyName", "value"):
        says = _("The first row must be “propertyName,value”.")
        told.breaks("OR-111", MANIFEST, says)
        return None
    found: dict[str, str] = {}
    for row in rows[1:]:
        if row.at(0) in found:
            says = _("“%(name)s” stands here twice.", name=shown(row.at(0)))
            told.breaks("OR-112", MANIFEST, says, row=row.number)
        found[row.at(0)] = row.at(1)
    version = found.get("oneroster.version", "")
    if version not in VERSIONS:
        says = _(
            "oneroster.version is “%(version)s”. Versions 1.1 and 1.2 are read: export in one of "
            "them.",
            version=shown(version),
        )
        told.breaks("OR-113", MANIFEST, says, name="oneroster.version")
        return None
    if found.get("manifest.version") != "1.0":
        says = _("manifest.version must be 1.0.")
        told.breaks("OR-113", MANIFEST, says, name="manifest.version")
    for name in found:
        if name.startswith("file.") and name.removeprefix("file.") not in FILES[version]:
            says = _("Version %(version)s knows no file of this name.", version=version)
            told.breaks("OR-112", MANIFEST, says, name=shown(name))
    return version, dict(_modes(found, version, told))


def _modes(found: Mapping[str, str], version: str, told: Told) -> Iterator[tuple[str, str]]:
    for file in FILES[version]:
        name = f"file.{file}"
        mode = found.get(name)
        if mode is None:
            says = _("The manifest must name this file, if only as “absent”.")
            told.breaks("OR-112", MANIFEST, says, name=name)
        elif mode not in MODES:
            says = _("“%(mode)s” is not one of absent, bulk, delta.", mode=shown(mode))
            told.breaks("OR-113", MANIFEST, says, name=name)
        else:
            yield file, mode


def check_files(packed: Packed, version: str, modes: Mapping[str, str], told: Told) -> None:
    """Tell where the zip holds other files than the manifest says, or than can be read."""
    known = {f"{file}.csv" for file in (*FILES[version], MANIFEST)}
    inside = [name for name in packed.names if "/" in name or "\\" in name]
    strange = [name for name in packed.names if name not in known and name not in inside]
    twice = [name for name, count in Counter(packed.names).items() if count > 1]
    for code, names, says in (
        ("OR-102", inside, _("All files must lie at the top of the zip, in no folder: %(names)s")),
        ("OR-103", strange, _("Files that the standard does not know: %(names)s")),
        ("OR-104", twice, _("Files that lie in the zip twice: %(names)s")),
    ):
        if names:
            more = " …" if len(names) > NAMES_SHOWN else ""
            listed = "、".join(shown(name) for name in names[:NAMES_SHOWN])
            told.breaks(code, MANIFEST, says % {"names": f"{listed}{more}"})
    for file, mode in modes.items():
        there = f"{file}.csv" in packed.names
        if there and mode == "absent":
            says = _("The manifest calls this file absent, and it is there. Export again.")
            told.breaks("OR-105", file, says)
        elif not there and mode != "absent":
            says = _("The manifest names this file, and it is not in the zip. Export again.")
            told.breaks("OR-106", file, says)
        elif mode == "absent" and file in NEEDED[version]:
            says = _("Without this file no pupil can be read. Include it in the export.")
            told.breaks("OR-108", file, says)
        elif mode == "delta" and file in NEEDED[version]:
            says = _(
                "This file holds only what has changed (delta). Export the whole list (bulk): what "
                "it means for the roster is worked out here."
            )
            told.breaks("OR-109", file, says)


def unread(version: str, modes: Mapping[str, str]) -> Iterator[str]:
    left = [f for f, mode in modes.items() if mode != "absent" and f not in NEEDED[version]]
    if left:
        yield _("Not read, and not stored: %(files)s", files="、".join(f"{f}.csv" for f in left))
