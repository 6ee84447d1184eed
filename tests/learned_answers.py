"""All that a model answers, to compare two of them: whole scored lists, and the first suggestions with reasons."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from recommender.catalogue import Catalogue
from recommender.inputs import ListKind, PermittedData, Purchase, Request, Settings
from recommender.learning.contributions import History
from recommender.learning.model import Model
from recommender.learning.scores import Scores
from recommender.learning.settings import LearningSettings
from recommender.possessions import kept_days
from recommender.profiles import her_profile, page_profile
from recommender.ranking import situation_of
from recommender.results import Candidate
from recommender.similarity import Similarity
from recommender.strategies.bought_together import BOUGHT_TOGETHER
from recommender.strategies.for_you import FOR_YOU
from recommender.strategy import Situation
from tests.builders import PURCHASES

FIRST = 10
Purchases = Mapping[str, Sequence[Purchase]]
"""Customer id -> what she bought."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One list: the ids and whole scores of all of it, and the suggestions that it begins with."""

    ids: Sequence[str]
    totals: Sequence[int]
    first: Sequence[Candidate]


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A shop, the settings that it learns with, and the day on which it is asked."""

    catalogue: Catalogue
    settings: LearningSettings
    today: date

    def lists_for(
        self, customer_id: str, purchases: Sequence[Purchase], model: Model
    ) -> dict[ListKind, Answer]:
        """What she is offered by what was learned: everything, and what is new to her."""
        learning, found = self.settings, {}
        for kind, weights in ((ListKind.ALL, learning.everything), (ListKind.NEW, learning.new_only)):
            situation = self._situation(customer_id, purchases, model, Request(list_kind=kind))
            scores = Scores(model, her_profile(situation).profile, weights)
            found[kind] = _answer(scores, list(islice(FOR_YOU.propose(situation), FIRST)))
        return found

    def on_page(self, product_id: str, model: Model, customer_id: str | None = None) -> Answer:
        """What others bought with it, for a visitor or for a customer."""
        situation = self._situation(customer_id, (), model, Request(page=(product_id,)))
        scores = Scores(model, page_profile(situation).profile, self.settings.with_page)
        return _answer(scores, list(islice(BOUGHT_TOGETHER.propose(situation), FIRST)))

    def all_of(
        self, model: Model, purchases: Purchases, *, customers: Collection[str], pages: Collection[str]
    ) -> dict[str, object]:
        """Everything that is answered to these customers and on these pages, and what is popular."""
        answers: dict[str, object] = {
            customer_id: self.lists_for(customer_id, purchases[customer_id], model)
            for customer_id in customers
        }
        answers |= {f"page {product_id}": self.on_page(product_id, model) for product_id in pages}
        return answers | {"popular": list(model.most_popular(None))}

    def _situation(
        self, customer_id: str | None, purchases: Sequence[Purchase], model: Model, request: Request
    ) -> Situation:
        settings = Settings(learning=self.settings)
        return situation_of(
            request,
            data=PermittedData(purchases=tuple(purchases), fields=PURCHASES),
            catalogue=self.catalogue,
            similarity=Similarity(texts=(), rows={}, vectors=None, by_word=None),  # not looked at here
            learned=model,
            customer_id=customer_id,
            today=self.today,
            settings=settings,
        )


def history_of(purchases: Sequence[Purchase]) -> History:
    """What may be learned from them: each product and its last day, `None` where no day is known."""
    return {
        product_id: max((day for day in days if day is not None), default=None)
        for product_id, days in kept_days(purchases).items()
    }


def _answer(scores: Scores, first: Sequence[Candidate]) -> Answer:
    return Answer(ids=scores.products, totals=scores.totals.tolist(), first=first)
