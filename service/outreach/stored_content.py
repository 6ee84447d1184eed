"""What a contact says, as JSON and back: items with their reasons, and the facts of a message. Data, no words."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from recommender.outreach.proposals import Content
from recommender.results import CareTip, Fact, Others, Reason, ReasonCode, Source, Suggestion

_DAY = "day"


def written(content: Content) -> dict[str, Any]:
    """The content of a contact as JSON."""
    return {
        "items": [_written_item(item) for item in content.items],
        "offers": list(content.offers),
        "facts": _written_facts(content.facts),
    }


def content_of(stored: Mapping[str, Any]) -> Content:
    """The content of a contact that was stored."""
    return Content(
        items=tuple(map(_item, stored["items"])),
        offers=tuple(stored["offers"]),
        facts=tuple(map(_fact, stored["facts"])),
    )


def _written_item(item: Suggestion | CareTip) -> dict[str, Any]:
    named = {"tip_id": item.tip_id} if isinstance(item, CareTip) else {"product_id": item.product_id}
    reason = item.reason
    return named | {
        "reason": {
            "code": reason.code.value,
            "facts": _written_facts(reason.facts),
            "others": {"count": reason.others.count, "share": reason.others.share},
            "params": {name: _written(value) for name, value in reason.params.items()},
        }
    }


def _item(stored: Mapping[str, Any]) -> Suggestion | CareTip:
    told = stored["reason"]
    reason = Reason(
        code=ReasonCode(told["code"]),
        facts=tuple(map(_fact, told["facts"])),
        others=Others(**told["others"]),
        params={name: _value(value) for name, value in told["params"].items()},
    )
    if "tip_id" in stored:
        return CareTip(tip_id=stored["tip_id"], reason=reason)
    return Suggestion(product_id=stored["product_id"], reason=reason)


def _written_facts(facts: Iterable[Fact]) -> list[dict[str, Any]]:
    return [
        {
            "source": fact.source.value,
            "field": fact.field,
            "ref": fact.ref,
            "value": _written(fact.value),
            "share": fact.share,
        }
        for fact in facts
    ]


def _fact(stored: Mapping[str, Any]) -> Fact:
    return Fact(**{**stored, "source": Source(stored["source"]), "value": _value(stored["value"])})


def _written(value: object) -> Any:
    return {_DAY: value.isoformat()} if isinstance(value, date) else value


def _value(stored: Any) -> Any:
    return date.fromisoformat(stored[_DAY]) if isinstance(stored, dict) else stored
