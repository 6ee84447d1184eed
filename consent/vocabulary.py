"""The two closed catalogues, purposes and data fields; a name that is not here permits nothing.

A purpose says why data is used, a data field says which datum is meant. Names follow the W3C Data
Privacy Vocabulary (DPV 2.3) and ISO/IEC TS 27560:2023 (`pii_type`, `pii_attribute_id`).
"""

from dataclasses import dataclass

DPV = "https://w3id.org/dpv#"

LEARNING = "learning"
"""The purpose by which one customer's data has a part in what others are shown."""

STANDING_ORDERS = "standing_orders"
"""The purpose by which an order may be proposed, within limits (`consent/standing_orders.py`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Purpose:
    """Why data is used. `question` is what the customer is asked; `dpv` is the concept's IRI.

    `shares`: data leaves the shop for this purpose, or comes from other contexts. None that is built in does.
    """

    code: str
    question: str
    dpv: str
    shares: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class DataField:
    """One datum that a permission can cover, written `category.name` on the wire."""

    category: str
    name: str
    meaning: str

    @property
    def code(self) -> str:
        return f"{self.category}.{self.name}"


PURPOSES: tuple[Purpose, ...] = (
    Purpose(
        code="recommendations",
        question="Show me personal suggestions here",
        dpv=DPV + "ProvidePersonalisedRecommendations",
    ),
    Purpose(
        code="reminders",
        question="Contact me, by the channels that I choose, when it helps me",
        dpv=DPV + "DirectMarketing",
    ),
    Purpose(
        code="service",
        question="Tell me what I need to know about my orders and appointments",
        dpv=DPV + "CommunicationForCustomerCare",
    ),
    Purpose(
        code=LEARNING,
        question="Learn from my data to improve suggestions for everyone",
        dpv=DPV + "ServiceOptimisation",
    ),
    Purpose(
        code="experience",
        question="Use what I say about my experience to improve",
        dpv=DPV + "ServiceOptimisation",
    ),
    Purpose(
        code="assistance",
        question="Let the staff who serve me see this",
        dpv=DPV + "CustomerCare",
    ),
    Purpose(
        code=STANDING_ORDERS,
        question="Propose an order of this for me when it is about time",
        dpv=DPV + "CustomerOrderManagement",
    ),
)

_MEANINGS: dict[str, dict[str, str]] = {
    "purchases": {
        "product": "which product she bought or returned here",
        "date": "when she bought or returned it",
        "quantity": "how many",
        "price": "what she paid",
        "sales_channel": "where the sale was made: web shop, store, telephone",
        "served_by": "who served her",
    },
    "devices": {
        "product": "something that she owns and that other products fit",
        "since": "since when she has owned it",
        "status": "whether she still has it",
    },
    "browsing": {
        "views": "products that she looked at",
        "searches": "what she searched for",
        "carts": "what she put into her cart",
    },
    "preferences": {
        "likes": "brands and categories that she said she likes",
        "dislikes": "brands and categories that she said she dislikes",
        "sizes": "her sizes",
        "budget": "her budget",
    },
    "occasions": {
        "name": "the occasion",
        "date": "when it is",
        "recipient": "for whom, from a closed list; never a name",
        "lead_days": "how many days ahead she wants to know",
        "budget": "her budget for it",
    },
    "feedback": {
        "kind": "what she said of a suggestion or a visit",
        "product": "which product it was about",
        "rating": "her rating, 0 to 10",
        "mood": "how she felt",
        "importance": "how much it mattered to her, 0 to 10",
        "comment": "her own words",
        "touchpoint": "where shop and customer met",
        "journey": "the order or visit that it belongs to",
    },
    "contact": {
        "channels": "by which channels she may be reached",
        "time_zone": "her time zone",
        "quiet_hours": "when not to disturb her",
        "rhythm": "how often she wants to hear from the shop",
    },
}

DATA_FIELDS: tuple[DataField, ...] = tuple(
    DataField(category=category, name=name, meaning=meaning)
    for category, names in _MEANINGS.items()
    for name, meaning in names.items()
)

PURPOSE_CODES: frozenset[str] = frozenset(purpose.code for purpose in PURPOSES)


@dataclass(frozen=True, kw_only=True, slots=True)
class PurposeCatalogue:
    """The purposes of one shop: the built-in ones, and what it has added for services of its own."""

    purposes: tuple[Purpose, ...] = PURPOSES

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(purpose.code for purpose in self.purposes)

    @property
    def listed(self) -> str:
        """All codes, for a sentence."""
        return ", ".join(purpose.code for purpose in self.purposes)

    def get(self, code: str) -> Purpose | None:
        """The purpose with this code, or `None`."""
        return next((purpose for purpose in self.purposes if purpose.code == code), None)


BUILT_IN = PurposeCatalogue()

FIELD_CODES: tuple[str, ...] = tuple(field.code for field in DATA_FIELDS)


def category_of(field: str) -> str:
    """The category of a data field: `purchases` of `purchases.date`."""
    return field.partition(".")[0]


class UnknownData(ValueError):
    """A category or data field that the catalogue does not have."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown data category or field: {name}")
        self.name = name


def expand(data: tuple[str, ...]) -> frozenset[str]:
    """Turn categories ("purchases") and fields ("devices.product") into fields.

    Done when a consent is recorded, and stored so: a field that is added to a category later is not
    covered by what she agreed to before (GDPR art. 4(11), consent is specific).

    Raises UnknownData for a name that is neither.
    """
    fields: set[str] = set()
    for name in data:
        if name in FIELD_CODES:
            fields.add(name)
        elif name in _MEANINGS:
            fields.update(f"{name}.{field}" for field in _MEANINGS[name])
        else:
            raise UnknownData(name)
    return frozenset(fields)
