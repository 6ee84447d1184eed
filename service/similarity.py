"""Which products are alike, worked out once for a catalogue and shared by all threads of a worker."""

from threading import Lock

from recommender.catalogue import Catalogue
from recommender.inputs import Request
from recommender.similarity import NOTHING_COMPARED, Similarity, build_similarity


class CurrentSimilarity:
    """The comparison of the catalogue's texts, made by the first request that has a product on its page."""

    def __init__(self) -> None:
        self._held: tuple[Catalogue | None, Similarity] = (None, NOTHING_COMPARED)
        self._lock = Lock()

    def of(self, catalogue: Catalogue, request: Request) -> Similarity:
        """What is alike in `catalogue`, if `request` can use it.

        Takes seconds for a large catalogue with new texts: not to be called inside a transaction.
        """
        if not any(product_id in catalogue.products for product_id in request.page):
            return NOTHING_COMPARED
        held = self._held
        if held[0] is catalogue:
            return held[1]
        with self._lock:
            if self._held[0] is not catalogue:
                self._held = (catalogue, build_similarity(catalogue, before=self._held[1]))
            return self._held[1]
