"""Use case: suggestions for a customer or a visitor.

Gather, decide, read what is permitted, recommend: in that order, in one snapshot. The decision stands in
the line before the read, on the same state of the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from consent.decision import Because, Permission, decide
from consent.vocabulary import FIELD_CODES
from recommender.inputs import NOTHING_PERMITTED, PermittedData, Request, Settings
from recommender.learning.popularity import Popularity
from recommender.ranking import recommend
from recommender.results import Recommendation
from recommender.strategies import fields_used_of
from service.catalogue import CurrentShop
from service.db.catalogue import Listing, Shop
from service.db.consent_ledger import read_events
from service.db.engine import snapshot
from service.db.permitted_reader import read_permitted
from service.ids import new_id
from service.learning import CurrentLearning
from service.settings import Clock
from service.similarity import CurrentSimilarity
from service.use_records import Use, UseRecorder

PURPOSE = "recommendations"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What leaves the service, before it is put into words.

    data_used      data field that was read -> the consent that permitted it
    data_not_used  every other data field -> why it was not read
    """

    recommendation_id: str
    customer_id: str | None
    generated_at: datetime
    recommendation: Recommendation
    listings: Mapping[str, Listing]
    data_used: Mapping[str, str]
    data_not_used: Mapping[str, Because]


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggesting:
    """Makes suggestions for one shop."""

    engine: Engine
    clock: Clock
    settings: Settings
    shop: CurrentShop
    learning: CurrentLearning
    similarity: CurrentSimilarity
    use_recorder: UseRecorder

    def for_customer(self, customer_id: str, request: Request) -> Answer:
        """Suggestions that rest on what she allows, and on nothing else of hers."""
        with snapshot(self.engine) as connection:
            now = self.clock.now()
            popularity = self.learning.as_of(connection, now=now)
            shop = self.shop.as_of(connection)
            events = read_events(connection, customer_id)
            permission = decide(events, customer_id=customer_id, purpose=PURPOSE, at=now)
            data = read_permitted(connection, permission, fields=fields_used_of(permission.fields))
        answer = Answer(
            recommendation_id=new_id("rec"),
            customer_id=customer_id,
            generated_at=now,
            recommendation=self._recommend(request, data, customer_id, shop, popularity, now),
            listings=shop.listings,
            data_used=_consents(permission, data.fields),
            data_not_used=_why_not(permission, data.fields),
        )
        self.use_recorder.record(_use(answer, customer_id))
        return answer

    def without_her_data(self, customer_id: str | None, request: Request, because: Because) -> Answer:
        """Suggestions for a visitor, or for a customer who asks for a list that is not personal.

        No statement about her is sent at all, not even to read her consents; her own part is left out of
        what others bought, as in every list for her.
        """
        with snapshot(self.engine) as connection:
            now = self.clock.now()
            popularity = self.learning.as_of(connection, now=now)
            shop = self.shop.as_of(connection)
        return Answer(
            recommendation_id=new_id("rec"),
            customer_id=customer_id,
            generated_at=now,
            recommendation=self._recommend(request, NOTHING_PERMITTED, customer_id, shop, popularity, now),
            listings=shop.listings,
            data_used={},
            data_not_used=dict.fromkeys(FIELD_CODES, because),
        )

    def _recommend(
        self,
        request: Request,
        data: PermittedData,
        customer_id: str | None,
        shop: Shop,
        popularity: Popularity,
        now: datetime,
    ) -> Recommendation:
        """Outside of any transaction: comparing texts may take seconds."""
        return recommend(
            request,
            data=data,
            customer_id=customer_id,
            catalogue=shop.catalogue,
            popularity=popularity,
            similarity=self.similarity.of(shop.catalogue, request),
            today=now.date(),
            settings=self.settings,
        )


def _consents(permission: Permission, fields: frozenset[str]) -> dict[str, str]:
    verdicts = {field: permission.verdict(field) for field in FIELD_CODES if field in fields}
    return {field: verdict.consent_id for field, verdict in verdicts.items() if verdict.consent_id}


def _why_not(permission: Permission, fields: frozenset[str]) -> dict[str, Because]:
    """A field that she allows and that no strategy asked for was not requested."""
    return {
        field: permission.verdict(field).because or Because.NOT_REQUESTED
        for field in FIELD_CODES
        if field not in fields
    }


def _use(answer: Answer, customer_id: str) -> Use:
    return Use(
        answer_id=answer.recommendation_id,
        customer_id=customer_id,
        purpose=PURPOSE,
        consents=answer.data_used,
        used_at=answer.generated_at,
    )
