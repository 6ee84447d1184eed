"""How alike products are, by what the shop's catalogue says of them. Nobody's data is in it.

Each product is a vector of its words, weighted by how telling they are in this shop (tf-idf); likeness is
the cosine of two vectors. Sensitive products are not compared at all: nothing is inferred from one, and
nothing leads to one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any, TypeAlias
from unicodedata import normalize

import numpy as np

from recommender.catalogue import Catalogue
from recommender.inputs import Product

IDENTICAL = 1_000
"""Likeness is a whole number from 0 to this: rounded before anything is ordered by it."""

# What kind of thing it is says more than any word of its title.
_CATEGORY_COUNTS = 2
# They tell variants and times apart, and nothing that a customer would call alike.
_TELL_NO_LIKENESS = {"item_group_id", "usual_interval_days", "for_newcomers", "available_since"}
# Scripts that put no space between words (kana, Chinese characters, Thai): pairs of characters are words.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|[^\W_{_UNSPACED}]+(?:-[^\W_{_UNSPACED}]+)*")
_CATEGORY_LEVELS = re.compile(r"\s*[>/|\u203a\u00bb]\s*")

_Text: TypeAlias = tuple[str, str, str | None, str | None, Mapping[str, object]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """`product_id` is like `shown_id`, so much of `IDENTICAL`; `place` is its place in the shop's order."""

    product_id: str
    shown_id: str
    likeness: int
    place: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Similarity:
    """The vectors of all products that may be compared.

    texts    what they were made of, in the shop's order: id, title, brand, category, attributes
    rows     product id -> its row
    vectors  products × words, sparse, each row of length 1
    by_word  words × products, the same turned, so that only the words of the product shown are looked at
    """

    texts: tuple[_Text, ...]
    rows: Mapping[str, int]
    vectors: Any
    by_word: Any

    def like(self, shown_id: str, *, at_least: int) -> Iterator[Alike]:
        """What is like this product, the most alike first, then in the shop's order; not the product itself.

        Nothing is like a product that is not known here, or that has no words.
        """
        row = self.rows.get(shown_id)
        if row is None:
            return
        found = self.vectors[row] @ self.by_word
        likeness = np.rint(found.data * IDENTICAL).astype(np.int64)
        enough = (likeness >= at_least) & (found.indices != row)
        places, likeness = found.indices[enough], likeness[enough]
        for index in np.lexsort((places, -likeness)):
            place = int(places[index])
            yield Alike(
                product_id=self.texts[place][0],
                shown_id=shown_id,
                likeness=int(likeness[index]),
                place=place,
            )


NOTHING_COMPARED = Similarity(texts=(), rows=MappingProxyType({}), vectors=None, by_word=None)


def build_similarity(catalogue: Catalogue, *, before: Similarity = NOTHING_COMPARED) -> Similarity:
    """Compare the products of `catalogue`; gives `before` itself if that was made of the same texts.

    So a new price or a sold-out product, which change the catalogue all day, cost no comparison.
    """
    texts = tuple(_text(product) for product in catalogue.products.values() if not product.sensitive)
    if texts == before.texts:
        return before
    words = [_words(text) for text in texts]
    if not any(words):
        return NOTHING_COMPARED
    # Loading it takes longer than most requests; who never asks for a page does without.
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer=_as_they_are, dtype=np.float64)
    vectors = vectorizer.fit_transform(words).tocsr()
    return Similarity(
        texts=texts,
        rows=MappingProxyType({text[0]: row for row, text in enumerate(texts)}),
        vectors=vectors,
        by_word=vectors.T.tocsr(),
    )


def _text(product: Product) -> _Text:
    return (product.id, product.title, product.brand, product.category, product.attributes)


def _words(text: _Text) -> list[str]:
    """Words of the title; brand, category and attributes as names, so that no title is mistaken for one."""
    _, title, brand, category, attributes = text
    words = list(_title_words(_plain(title)))
    if brand:
        words.append(f"brand={_plain(brand)}")
    if category:
        words += _CATEGORY_COUNTS * [f"category={level}" for level in _levels(_plain(category))]
    for name, value in attributes.items():
        if name not in _TELL_NO_LIKENESS:
            values = value if isinstance(value, list) else [value]
            words += [f"{name}={_plain(str(one))}" for one in values if isinstance(one, str | int | float)]
    return words


def _title_words(title: str) -> Iterator[str]:
    for word in _WORD.finditer(title):
        unspaced = word["unspaced"]
        if unspaced and len(unspaced) > 1:
            yield from (one + other for one, other in pairwise(unspaced))
        else:
            yield word[0]


def _levels(category: str) -> list[str]:
    """ "Home > Kitchen > Mugs" is in three categories, each within the one before."""
    names = _CATEGORY_LEVELS.split(category)
    return [">".join(names[: depth + 1]) for depth in range(len(names))]


def _plain(text: str) -> str:
    return normalize("NFKC", text).casefold()


def _as_they_are(words: list[str]) -> list[str]:
    return words
