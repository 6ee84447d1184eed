"""How names are compared: what she wrote and what the shop wrote mean the same, whatever the case."""

from collections.abc import Iterable


def fold(name: str) -> str:
    """One spelling of a name: " FABER  Castell" is "faber castell"."""
    return " ".join(name.split()).casefold()


def folded(names: Iterable[str]) -> frozenset[str]:
    """The names as they are compared."""
    return frozenset(map(fold, names))
