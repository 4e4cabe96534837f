"""`python -m bench [names…]`: measure, all of it or by name, and print a table in Markdown."""

import argparse
from collections.abc import Callable, Iterator

from bench import (
    city_import,
    class_list,
    content,
    coverage,
    demo,
    figures,
    machine,
    pack,
    pages,
    roster,
    saves,
    search,
    signin,
    sitting,
    weight,
)
from bench.figures import Figure
from bench.ground import Ground

MEASUREMENTS: dict[str, Callable[[Ground], Iterator[Figure]]] = {
    "weight": weight.measure,
    "pages": pages.measure,
    "saves": saves.measure,
    "sitting": sitting.measure,
    "signin": signin.measure,
    "roster": roster.measure,
    "city-import": city_import.measure,
    "class-list": class_list.measure,
    "coverage": coverage.measure,
    "demo": demo.measure,
    "content": content.measure,
    "pack": pack.measure,
    "search": search.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(MEASUREMENTS)}; none for all")
    names = parser.parse_args().names or list(MEASUREMENTS)
    if unknown := [name for name in names if name not in MEASUREMENTS]:
        parser.error(f"{unknown[0]} is not one of {', '.join(MEASUREMENTS)}")
    print(f"{machine.described()}\n\n{figures.heading()}", flush=True)
    with Ground() as ground:
        for name in names:
            for figure in MEASUREMENTS[name](ground):
                print(figures.row(figure), flush=True)


main()
