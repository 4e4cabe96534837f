"""QTI 2.1, 2.2 and 3.0: a package (zip with imsmanifest.xml), or one assessmentItem alone."""

import io
import posixpath
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from quizapp.bank.exchange import MAX_ITEMS, Item, refused, too_many
from quizapp.bank.formats import qti_in, qti_lom, qti_out
from quizapp.bank.formats.flattened import tidy
from quizapp.bank.formats.qti_names import VERSIONS, Version, document, in_2, in_3, tag
from quizapp.bank.formats.texts import lost_of_described, lost_of_spoken, spoken
from quizapp.bank.params import strings
from quizapp.core import trees
from quizapp.core.i18n import _
from quizapp.core.pictures import ending
from quizapp.core.trees import Element, Files, shown

MANIFEST = "imsmanifest.xml"
ITEM, SINGLE, OLD = "assessmentItem", "imsqti_item", "questestinterop"
BEGUN = (1980, 1, 1, 0, 0, 0)  # The day of every file in a package: the same bytes for the same.


def read(name: str, raw: bytes) -> list[Item]:
    try:
        if trees.is_zip(raw):
            return _package(name, trees.read_zip(name, raw))
        return [_single(name, trees.read(name, raw), lambda _address: b"", {}, "")]
    except trees.Unreadable as fault:
        return [refused(shown(name), str(fault))]


def write(items: Sequence[Item], version: str = "2.1") -> bytes:
    """Return a package; its items are called by their keys, or by their numbers."""
    as_of = VERSIONS[version]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        resources = []
        for number, item in enumerate(items, 1):
            pictures = [f"{qti_out.PICTURES}/{number}.{ending(item.picture)}"] * bool(item.picture)
            identifier = _identifier(item, number)
            href = f"{number:04}-{identifier}.xml"
            _put(archive, href, single(item, version, identifier, pictures))
            for address in pictures:
                _put(archive, address, item.picture)
            said = qti_lom.element(item.head)
            resources.append(_resource(f"r{number}", href, as_of, pictures, said))
        _put(archive, MANIFEST, document(_manifest(resources, as_of)))
    return out.getvalue()


def single(
    item: Item, version: str = "2.1", identifier: str = "", pictures: Sequence[str] = ()
) -> bytes:
    """Return the file of one assessmentItem; `pictures` has the address of its own, if any."""
    root = qti_out.element(item, identifier or _identifier(item, 1), pictures)
    as_of = VERSIONS[version]
    root = in_3(root) if as_of.is_3 else root
    return document(tag(root.name, {"xmlns": as_of.space, **root.attributes}, *root.within))


def lost(item: Item) -> list[str]:
    if item.kind is None or not item.texts:
        return [_("It was not understood; it is left out whole.")]
    found = [*_without_pictures(item), *lost_of_described(item)]
    if any(said != tidy(said) for said in strings(spoken(item))):
        found.append(_("Blanks in a row become one."))
    return found


def _without_pictures(item: Item) -> list[str]:
    return lost_of_spoken(Item(item.ref, item.kind, item.texts))


def _identifier(item: Item, number: int) -> str:
    """Return a name as XML allows it; a key that begins with a digit gets a line before it."""
    if not item.key:
        return f"item.{number}"  # No key has a dot, so that none is read out of it.
    return f"_{item.key}" if item.key[0].isdigit() else item.key


def _put(archive: zipfile.ZipFile, name: str, raw: bytes) -> None:
    part = zipfile.ZipInfo(name, BEGUN)
    part.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(part, raw)


def _resource(
    identifier: str, href: str, version: Version, pictures: Sequence[str], said: Sequence[Element]
) -> Element:
    """Return the entry of a question; `said` are its metadata."""
    files = [tag("file", {"href": each}) for each in (href, *pictures)]
    attributes = {"identifier": identifier, "type": version.resource, "href": href}
    return tag("resource", attributes, *said, *files)


def _manifest(resources: Sequence[Element], version: Version) -> Element:
    return tag(
        "manifest",
        {"xmlns": version.manifest_space, "identifier": "manifest"},
        tag(
            "metadata",
            {},
            tag("schema", {}, version.schema),
            tag("schemaversion", {}, version.schemaversion),
        ),
        tag("organizations", {}),
        tag("resources", {}, *resources),
    )


def _single(
    ref: str,
    root: Element,
    picture_at: Callable[[str], bytes],
    head: Mapping[str, Any],
    category: str,
) -> Item:
    if root.name == OLD:
        return refused(ref, _("it is in QTI 1; export it in 2.1, 2.2 or 3.0"))
    return qti_in.item(ref, in_2(root), picture_at, head, category)


def _package(name: str, files: Files) -> list[Item]:
    listed = list(_listed(files))
    if not listed:
        return [refused(shown(name), _("there is no question in it; was another format meant?"))]
    if len(listed) > MAX_ITEMS:
        return [too_many(shown(name))]
    said = dict(_described(files))
    return [
        _of_package(f"{shown(name)}: {shown(href)}", href, files, *said.get(href, ({}, "")))
        for href in listed
    ]


def _listed(files: Files) -> Iterator[str]:
    """Yield the names of the files that are questions, in the order of the manifest.

    What it does not list, or all where it is missing, comes after, in the order of the zip.
    """
    seen = dict.fromkeys(name for name in files.names if posixpath.basename(name) == MANIFEST)
    for href, _resource in _resources(files):
        if href not in seen:
            yield href
        seen[href] = None
    for name in (*files.trees, *files.faults):
        if name not in seen and (name in files.faults or _is_item(files.trees[name])):
            yield name


def _resources(files: Files) -> Iterator[tuple[str, Element]]:
    """Yield the questions of all manifests: the name of the file, and what is said of it there."""
    for name, manifest in files.trees.items():
        if posixpath.basename(name) == MANIFEST:
            for resource in manifest.all("resource"):
                if resource.attributes.get("type", "").startswith(SINGLE):
                    address = resource.attributes.get("href", "")
                    yield _joined(posixpath.dirname(name), address), resource


def _described(files: Files) -> Iterator[tuple[str, tuple[dict[str, Any], str]]]:
    """Yield the name of each file with the head and the category that its manifest gives it."""
    for href, resource in _resources(files):
        yield href, qti_lom.read(resource)


def _is_item(root: Element) -> bool:
    """Whether a file is to be told of: a question, a test, or an old file of both."""
    return in_2(Element(root.name, "", {}, ())).name in (ITEM, "assessmentTest", OLD)


def _of_package(ref: str, href: str, files: Files, head: Mapping[str, Any], category: str) -> Item:
    if href in files.faults:
        return refused(ref, trees.says(files.faults[href], href))
    if href not in files.trees:
        return refused(ref, _("the manifest names it, but it is not in the package"))

    def picture_at(address: str) -> bytes:
        return files.pictures.get(_joined(posixpath.dirname(href), address), b"")

    return _single(ref, files.trees[href], picture_at, head, category)


def _joined(folder: str, address: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(address)))
