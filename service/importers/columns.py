"""Finds which column of a file means what: as the shop says, by a preset, or by the column's name."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from service.importers.rows import Cell, Fields, UnreadableFile


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """Something that a row may tell. `also` are names that files often give it."""

    name: str
    required: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnMap:
    """What is stated about a file's columns.

    columns   field -> name of its column
    constants field -> value that every row has
    tells     the things that one row tells of, if that is not one
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    tells: Callable[[Fields], Iterable[Fields]] | None = None


def fields_of_rows(
    columns: Sequence[str], known: Sequence[Field], stated: ColumnMap
) -> Callable[[Sequence[Cell]], Iterable[Fields]]:
    """A function from the cells of a row to the fields that it tells.

    Raises UnreadableFile if a stated column is not there, or a required field has none.
    """
    _check_stated(columns, known, stated)
    places = _places(columns, known, stated)
    missing = [
        one.name
        for one in known
        if one.required and one.name not in places and one.name not in stated.constants
    ]
    if missing and stated.tells is None:
        raise UnreadableFile(
            f"No column tells the {' or the '.join(missing)}. Say which one: --map {missing[0]}=COLUMN, or the "
            f"same for all rows: --set {missing[0]}=VALUE. The columns are: {', '.join(columns)[:1000]}"
        )
    names, constants, tells = tuple(places), dict(stated.constants), stated.tells
    chosen = _chosen(tuple(places.values()))

    def told(cells: Sequence[Cell]) -> Iterable[Fields]:
        fields: dict[str, Cell] = dict(zip(names, chosen(cells), strict=True))
        fields.update(constants)
        return (fields,) if tells is None else tells(fields)

    return told


def columns_read(columns: Sequence[str], known: Sequence[Field], stated: ColumnMap) -> Mapping[str, str]:
    """Field -> column that it is read from. A preset whose rows tell of several things reads all columns."""
    _check_stated(columns, known, stated)
    if stated.tells is not None:
        return {column: column for column in columns}
    return {name: columns[place] for name, place in _places(columns, known, stated).items()}


def _chosen(places: tuple[int, ...]) -> Callable[[Sequence[Cell]], tuple[Cell, ...]]:
    """The cells at `places`; files have many rows, and this is what each costs."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda cells: tuple(cells[place] for place in places)


def _check_stated(columns: Sequence[str], known: Sequence[Field], stated: ColumnMap) -> None:
    names = {one.name for one in known}
    for name, other in (*stated.columns.items(), *stated.constants.items()):
        if stated.tells is None and name not in names:
            if name in columns and other in names:
                raise UnreadableFile(f"The field comes first, then the column: --map {other}={name!r}")
            raise UnreadableFile(f"There is nothing called {name}; use: {', '.join(sorted(names))}.")
    for name, column in stated.columns.items():
        if column not in columns:
            raise UnreadableFile(
                f"It has no column {column!r} (for {name}). Its columns are: {', '.join(columns)[:1000]}"
            )


def _places(columns: Sequence[str], known: Sequence[Field], stated: ColumnMap) -> dict[str, int]:
    by_spelling = {_spelling(column): place for place, column in reversed(list(enumerate(columns)))}
    places: dict[str, int] = {}
    for one in () if stated.tells else known:
        for spelling in map(_spelling, (one.name, *one.also)):
            if spelling in by_spelling and one.name not in places:
                places[one.name] = by_spelling[spelling]
    stated_places = {name: columns.index(column) for name, column in stated.columns.items()}
    return {**places, **stated_places}


def _spelling(name: str) -> str:
    """`Customer ID`, `customer_id` and `CustomerID` are one name."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
