"""Use case: suggestions for a customer or a visitor.

Gather, decide, read what is permitted, recommend: in that order, in one snapshot. The decision stands in
the line before the read, on the same state of the database.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from consent.decision import Permission, Verdict
from consent.events import ConsentEvent
from consent.reasons import Because
from consent.vocabulary import FIELD_CODES
from recommender.feedback import FeedbackKind
from recommender.inputs import NOTHING_PERMITTED, PermittedData, Request, Settings
from recommender.learning.model import Model
from recommender.ranking import recommend, situation_of
from recommender.results import Recommendation
from recommender.strategies import fields_used_of
from service.catalogue import CurrentShop
from service.controls import controls_of
from service.db.catalogue import Listing, Shop
from service.db.consent_ledger import read_events
from service.db.engine import snapshot
from service.db.permitted_reader import ReadData, read_permitted
from service.learning import CurrentLearning
from service.local_texts import ENGLISH, LocalText
from service.recommendation_ids import RecommendationIds
from service.retention import NO_LIMIT, Retention
from service.settings import Clock
from service.similarity import CurrentSimilarity
from service.use_records import Use, UseKind, UseRecorder

PURPOSE = "recommendations"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What leaves the service, before it is put into words.

    tip_texts      tip -> its words by language; `content_locale` is the shop's own language
    data_used      data field that was read -> the consents that permitted it, the preferred one first
    consent_of     (data field, product id) -> the consent that this datum was read by
    data_not_used  every other data field -> why it was not read
    controls       of each item in its order: what she can say of it in one tap
    """

    recommendation_id: str
    customer_id: str | None
    generated_at: datetime
    recommendation: Recommendation
    listings: Mapping[str, Listing]
    tip_texts: Mapping[str, Mapping[str, LocalText]]
    content_locale: str
    data_used: Mapping[str, tuple[str, ...]]
    consent_of: Mapping[tuple[str, str], str]
    data_not_used: Mapping[str, Because]
    controls: tuple[tuple[FeedbackKind, ...], ...] = ()


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
    ids: RecommendationIds
    retention: Retention = NO_LIMIT
    content_locale: str = ENGLISH

    def for_customer(self, customer_id: str, request: Request, *, channel: str | None = None) -> Answer:
        """Suggestions that rest on what she allows, and on nothing else of hers. Uses nothing up."""
        with snapshot(self.engine) as connection:
            now = self.clock.now()
            shop, learned = self.shop_and_learning(connection, now)
            events = read_events(connection, customer_id)
            permission = self.permission(events, customer_id, now, channel)
            read = read_permitted(connection, permission, fields=fields_used_of(permission.fields, request))
        answer = self.answer(request, permission, read, shop, learned)
        self.use_recorder.record(use_of(answer, customer_id))
        return answer

    def permission(
        self,
        events: Collection[ConsentEvent],
        customer_id: str,
        now: datetime,
        channel: str | None,
        *,
        counted: bool = False,
    ) -> Permission:
        """What may be read of her for suggestions, within the shop's retention."""
        return self.retention.permission(
            events, customer_id=customer_id, purpose=PURPOSE, at=now, channel=channel, counted=counted
        )

    def shop_and_learning(self, connection: Connection, now: datetime) -> tuple[Shop, Model]:
        """What is the same for everybody, as of this snapshot."""
        learned = self.learning.as_of(connection, now=now)
        self.learning.learn_soon(self.engine, now)
        return self.shop.as_of(connection), learned

    def answer(
        self,
        request: Request,
        permission: Permission,
        read: ReadData,
        shop: Shop,
        learned: Model,
    ) -> Answer:
        """The answer that follows from what was read with `permission`. Reads nothing."""
        customer_id, now = permission.customer_id, permission.decided_at
        made = self._recommend(request, read.data, customer_id, shop, learned, now)
        return Answer(
            recommendation_id=self.ids.new(customer_id, request.list_kind),
            customer_id=customer_id,
            generated_at=now,
            recommendation=made,
            listings=shop.listings,
            tip_texts=shop.tip_texts,
            content_locale=self.content_locale,
            data_used={field: read.consents[field] for field in FIELD_CODES if field in read.consents},
            consent_of=read.of_product,
            data_not_used=_why_not(permission, read.data.fields),
            controls=tuple(controls_of(item, permission, read, shop.catalogue) for item in made.items),
        )

    def prepare(self, request: Request) -> None:
        """Do beforehand what may take seconds: comparing texts has no place inside a write transaction."""
        with snapshot(self.engine) as connection:
            shop = self.shop.as_of(connection)
        self.similarity.of(shop.catalogue, request)

    def without_her_data(self, customer_id: str | None, request: Request, because: Because) -> Answer:
        """Suggestions for a visitor, or for a customer who asks for a list that is not personal.

        No statement about her is sent at all, not even to read her consents; her own part is left out of
        what others bought, as in every list for her.
        """
        with snapshot(self.engine) as connection:
            now = self.clock.now()
            shop, learned = self.shop_and_learning(connection, now)
        return Answer(
            recommendation_id=self.ids.new(customer_id, request.list_kind),
            customer_id=customer_id,
            generated_at=now,
            recommendation=self._recommend(request, NOTHING_PERMITTED, customer_id, shop, learned, now),
            listings=shop.listings,
            tip_texts=shop.tip_texts,
            content_locale=self.content_locale,
            data_used={},
            consent_of={},
            data_not_used=dict.fromkeys(FIELD_CODES, because),
        )

    def _recommend(
        self,
        request: Request,
        data: PermittedData,
        customer_id: str | None,
        shop: Shop,
        learned: Model,
        now: datetime,
    ) -> Recommendation:
        """Outside of any transaction, or after `prepare`: comparing texts may take seconds."""
        similarity = self.similarity.of(shop.catalogue, request)
        with self.learning.lock:
            return recommend(
                situation_of(
                    request,
                    data=data,
                    customer_id=customer_id,
                    catalogue=shop.catalogue,
                    learned=learned,
                    similarity=similarity,
                    today=now.date(),
                    settings=self.settings,
                )
            )


def _why_not(permission: Permission, fields: frozenset[str]) -> dict[str, Because]:
    return {field: _why_not_read(permission.verdict(field)) for field in FIELD_CODES if field not in fields}


def _why_not_read(verdict: Verdict) -> Because:
    """A counted grant that was not needed is still there; what no strategy asked for was not requested."""
    if verdict.because is not None:
        return verdict.because
    return Because.NOT_REQUESTED if verdict.uses_left is None else Because.SINGLE_USE


def use_of(answer: Answer, customer_id: str, kind: UseKind = UseKind.ANSWER) -> Use:
    """The use record of an answer."""
    return Use(
        answer_id=answer.recommendation_id,
        customer_id=customer_id,
        purpose=PURPOSE,
        consents=answer.data_used,
        used_at=answer.generated_at,
        kind=kind,
    )
