"""The customers of the demo shop: what each bought, owns and allows, in days before the demo's present."""

from dataclasses import dataclass

EVERYTHING = ("purchases", "devices", "browsing", "preferences", "occasions", "feedback", "contact")
ALL_PURPOSES = ("recommendations", "reminders", "service", "learning", "experience", "assistance")

FIRST_DAY = 548  # The shop's records go back 18 months.


@dataclass(frozen=True, kw_only=True, slots=True)
class Bought:
    """One line of a receipt; with `returned` one line of a return. Lines of one day are one order."""

    days_ago: int
    product_id: str
    quantity: int = 1
    returned: bool = False
    sales_channel: str = "web"
    served_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One decision: given, refused, deferred or withdrawn. `expires_in_days` counts from `days_ago`."""

    days_ago: int
    decision: str
    purpose: str
    data: tuple[str, ...]
    expires_in_days: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Owned:
    """A device that the customer declared, or, if `gone`, declared to have no more."""

    product_id: str
    since_days_ago: int | None = None
    gone: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """One customer; `story` is one sentence that says what this customer shows, `locale` the language of asking."""

    id: str
    story: str
    bought: tuple[Bought, ...] = ()
    choices: tuple[Choice, ...] = ()
    devices: tuple[Owned, ...] = ()
    locale: str = "en"


def _history(*parts: tuple[Bought, ...]) -> tuple[Bought, ...]:
    """Join purchases, oldest first."""
    return tuple(sorted((line for part in parts for line in part), key=lambda line: -line.days_ago))


def _on(days_ago: int, *product_ids: str) -> tuple[Bought, ...]:
    """One order in the web shop."""
    return tuple(Bought(days_ago=days_ago, product_id=product_id) for product_id in product_ids)


def _in_store(days_ago: int, served_by: str, *product_ids: str) -> tuple[Bought, ...]:
    """One order at the counter, and who served."""
    return tuple(
        Bought(days_ago=days_ago, product_id=product_id, sales_channel="store", served_by=served_by)
        for product_id in product_ids
    )


_WOBBLE = (0, 2, -1, 3, -2, 1)


def _every(
    days: int, *product_ids: str, last: int, first: int = FIRST_DAY, quantity: int = 1
) -> tuple[Bought, ...]:
    """A habit: an order about every `days` days from `first` on, the latest exactly `last` days ago.

    People are not punctual: each order but the latest is moved by up to three days.
    """
    habit: list[Bought] = []
    for nth in range((first - last) // days + 1):
        day = min(last + nth * days + _WOBBLE[nth % len(_WOBBLE)], FIRST_DAY)
        habit += [Bought(days_ago=day, product_id=each, quantity=quantity) for each in product_ids]
    return tuple(habit)


def _given(days_ago: int, purpose: str, *data: str, expires_in_days: int | None = None) -> tuple[Choice, ...]:
    return (
        Choice(
            days_ago=days_ago,
            decision="given",
            purpose=purpose,
            data=data,
            expires_in_days=expires_in_days,
        ),
    )


def _answered(decision: str, days_ago: int, purpose: str, *data: str) -> tuple[Choice, ...]:
    """A decision other than yes."""
    return (Choice(days_ago=days_ago, decision=decision, purpose=purpose, data=data),)


CUSTOMERS: tuple[Customer, ...] = (
    Customer(
        id="c-1001",
        story="Bought a printer here 99 days ago, never any ink, and allows what she bought and when.",
        bought=_on(99, "hp-ojp-8600"),
        choices=_given(99, "recommendations", "purchases.product", "purchases.date"),
    ),
    Customer(
        id="c-1002",
        story="Allows everything for every purpose, owns several devices, and is due for black ink now.",
        bought=_history(
            _on(540, "hp-ojp-8600", "papelune-letter-500"),
            _every(63, "hp-950-black", "papelune-letter-500", last=66, first=500),
            _every(130, "hp-951-cyan", "hp-951-magenta", "hp-951-yellow", last=66, first=480),
            _in_store(430, "mara", "kavorno-alto", "kavorno-pods-espresso"),
            _every(30, "kavorno-pods-espresso", last=12, first=400),
            _every(95, "sanoviel-descaler", last=40, first=400),
            _every(70, "balsavie-hand-cream", last=31, first=420),
            _on(350, "tonnerby-mug", "papelune-notebook"),
            _on(180, "halmoryn-candle", "tonnerby-mug"),
        ),
        choices=tuple(
            Choice(days_ago=540, decision="given", purpose=purpose, data=EVERYTHING)
            for purpose in ALL_PURPOSES
        ),
        devices=(
            Owned(product_id="pellivane-sonic", since_days_ago=200),
            Owned(product_id="aquellin-classic-jug"),
        ),
    ),
    Customer(
        id="c-1003",
        story="Allows what was bought but not when, so reasons name the printer and never a date.",
        bought=_history(
            _on(310, "hp-oj-6700", "papelune-letter-500"),
            _every(80, "hp-932-black", last=88, first=260),
        ),
        choices=_given(310, "recommendations", "purchases.product"),
    ),
    Customer(
        id="c-1004",
        story="Said yes 400 days ago for one year, and nobody has asked again: the grant has expired.",
        bought=_history(
            _on(390, "hp-dj-3510", "papelune-letter-500"),
            _every(58, "hp-61-black", last=61, first=350),
            _on(150, "tonnerby-mug"),
        ),
        choices=_given(400, "recommendations", "purchases", expires_in_days=365),
    ),
    Customer(
        id="c-1005",
        story="Refused personal suggestions and gets the same good list as any visitor.",
        bought=_history(
            _on(220, "brunavel-mio", "brunavel-pods-lungo"),
            _every(27, "brunavel-pods-lungo", last=20, first=190),
        ),
        choices=_answered("refused", 220, "recommendations", "purchases", "devices"),
    ),
    Customer(
        id="c-1006",
        story="Gave permission and took it back: nothing of it is read any more.",
        bought=_history(
            _on(380, "hp-lj-m402n", "papelune-letter-2500"),
            _every(140, "hp-26a-black", last=70, first=240),
            _on(160, "papelune-envelopes-100"),
        ),
        choices=(
            *_given(380, "recommendations", "purchases"),
            *_answered("withdrawn", 45, "recommendations", "purchases"),
        ),
    ),
    Customer(
        id="c-1007",
        story="Buys regularly and was never asked, so nothing is known that may be used.",
        bought=_history(
            _on(390, "aquellin-classic-jug"),
            _every(85, "aquellin-classic-filters", last=64, first=340),
            _in_store(120, "jonas", "halmoryn-blanket"),
        ),
    ),
    Customer(
        id="c-1008",
        story='Answered "later" when asked, which is not a yes.',
        bought=_history(
            _on(130, "pellivane-rondo", "pellivane-rondo-heads"),
            _on(38, "pellivane-rondo-heads", "balsavie-lip-balm"),
        ),
        choices=_answered("deferred", 38, "recommendations", "purchases"),
    ),
    Customer(
        id="c-1009",
        story="Lets others profit from what was bought (learning) but wants no personal list.",
        bought=_history(
            _on(520, "hp-ojp-8600", "papelune-letter-500"),
            _every(75, "hp-950-black", "papelune-letter-500", last=50, first=450),
            _every(65, "balsavie-hand-cream", last=22, first=430),
            _on(300, "tonnerby-mug", "papelune-notebook"),
        ),
        choices=_given(520, "learning", "purchases"),
    ),
    Customer(
        id="c-1010",
        story="Allows devices only and said that she owns a laser printer, which she bought elsewhere.",
        bought=_history(_on(190, "tonnerby-vase"), _on(85, "halmoryn-scarf", "papelune-cards")),
        choices=_given(190, "recommendations", "devices"),
        devices=(Owned(product_id="hp-lj-m402n", since_days_ago=300),),
    ),
    Customer(
        id="c-1011",
        story="Bought a printer here, and later said that it is gone: no more ink for it.",
        bought=_history(
            _on(500, "hp-oj-6700"),
            _every(76, "hp-932-black", last=120, first=450),
            _every(90, "hp-933-cyan", "hp-933-magenta", "hp-933-yellow", last=150, first=440),
        ),
        choices=_given(500, "recommendations", "purchases", "devices"),
        devices=(Owned(product_id="hp-oj-6700", since_days_ago=500, gone=True),),
    ),
    Customer(
        id="c-1012",
        story="Bought black ink last week, so none is offered yet; was asked in Chinese.",
        locale="zh-Hans",
        bought=_history(
            _on(330, "hp-ojp-8600", "papelune-letter-500"),
            _every(64, "hp-950-black", "papelune-letter-500", last=6, first=290),
            _on(240, "halmoryn-candle", "balsavie-hand-cream"),
            _on(110, "papelune-notebook", "balsavie-hand-cream"),
        ),
        choices=(*_given(330, "recommendations", "purchases"), *_given(330, "learning", "purchases")),
    ),
    Customer(
        id="c-1013",
        story="Empties 40 coffee pods in about four weeks and is due now; the look-alike pods never fit.",
        bought=_history(
            _on(460, "kavorno-alto", "kavorno-pods-espresso", "tonnerby-mug"),
            _every(28, "kavorno-pods-espresso", last=27, first=440),
            _every(56, "kavorno-pods-decaf", last=55, first=420),
            _every(90, "sanoviel-descaler", last=83, first=380),
            _on(210, "balsavie-hand-cream", "halmoryn-candle"),
        ),
        choices=(*_given(460, "recommendations", "purchases"), *_given(460, "learning", "purchases")),
    ),
    Customer(
        id="c-1014",
        story="Owns two printers, one bought here and one declared, and gets the right supplies for each.",
        bought=_history(
            _on(420, "hp-ojp-8600", "papelune-letter-500"),
            _every(66, "hp-950-black", "papelune-letter-500", last=58, first=360),
            _every(125, "hp-951-cyan", "hp-951-magenta", "hp-951-yellow", last=58, first=320),
            _every(150, "hp-85a-black", last=140, first=300),
            _on(230, "tonnerby-mug", "papelune-notebook"),
            _on(95, "balsavie-hand-cream"),
        ),
        choices=(
            *_given(420, "recommendations", "purchases", "devices"),
            *_given(420, "learning", "purchases"),
        ),
        devices=(Owned(product_id="hp-lj-m1212nf", since_days_ago=700),),
    ),
    Customer(
        id="c-1015",
        story="Wants reminders and nothing else: no personal list on the site.",
        bought=_history(
            _on(250, "aquellin-slim-jug", "aquellin-slim-filters"),
            _every(84, "aquellin-slim-filters", last=80, first=170),
        ),
        choices=_given(250, "reminders", "purchases", "contact"),
    ),
    Customer(
        id="c-1016",
        story="Sent the printer back after nine days, so nothing is offered for it.",
        bought=_history(
            _on(61, "hp-envy-120", "papelune-photo-50"),
            (Bought(days_ago=52, product_id="hp-envy-120", returned=True),),
        ),
        choices=_given(61, "recommendations", "purchases"),
    ),
    Customer(
        id="c-1017",
        story="Allows everything for suggestions, and still her sensitive purchase is used in none.",
        bought=_history(
            _on(290, "pellivane-sonic", "balsavie-hand-cream"),
            _every(92, "pellivane-sonic-heads-soft", last=75, first=200),
            _on(33, "clarivell-pregnancy-test", "balsavie-lip-balm"),
        ),
        choices=_given(290, "recommendations", *EVERYTHING),
    ),
    Customer(
        id="c-1018",
        story="Runs a small office on toner, paper and envelopes, mostly by telephone.",
        bought=_history(
            _on(535, "hp-clj-m252dw", "papelune-letter-2500"),
            tuple(
                Bought(days_ago=day, product_id=product_id, quantity=2, sales_channel="telephone")
                for day in (500, 382, 259, 141, 22)
                for product_id in ("hp-201a-black", "papelune-envelopes-100", "papelune-letter-500")
            ),
            _every(175, "hp-201a-cyan", "hp-201a-magenta", "hp-201a-yellow", last=80, first=440),
            _on(360, "papelune-notebook", "tonnerby-mug", "sanoviel-screen-wipes"),
            _on(200, "papelune-notebook", "balsavie-hand-cream"),
        ),
        choices=(
            *_given(535, "recommendations", "purchases"),
            *_given(535, "learning", "purchases"),
            *_given(400, "service", "purchases", "contact"),
        ),
    ),
    Customer(
        id="c-1019",
        story="Comes for gifts, and allows the shop to keep her occasions.",
        bought=_history(
            _on(505, "tonnerby-mug", "halmoryn-candle"),
            _in_store(415, "mara", "halmoryn-scarf", "papelune-cards", "halmoryn-candle"),
            _on(322, "tonnerby-mug", "papelune-notebook"),
            _in_store(245, "mara", "balsavie-hand-cream", "halmoryn-candle"),
            _on(171, "halmoryn-blanket", "papelune-cards"),
            _on(118, "tonnerby-vase", "tonnerby-mug"),
            _in_store(54, "jonas", "halmoryn-candle", "balsavie-hand-cream"),
        ),
        choices=(
            *_given(505, "recommendations", "purchases", "occasions", "preferences"),
            *_given(505, "learning", "purchases"),
            *_given(415, "reminders", "occasions", "contact"),
            *_given(415, "assistance", "purchases", "occasions"),
        ),
    ),
    Customer(
        id="c-1020",
        story="Keeps a household going: water filters and brush heads, each in its own rhythm.",
        bought=_history(
            _on(530, "aquellin-classic-jug", "pellivane-sonic"),
            _every(84, "aquellin-classic-filters", last=79, first=500),
            _every(91, "pellivane-sonic-heads", last=30, first=450),
            _every(60, "balsavie-hand-cream", last=44, first=400),
            _every(120, "sanoviel-cloths", last=79, first=460),
            _on(283, "halmoryn-candle", "tonnerby-mug"),
        ),
        choices=(*_given(530, "recommendations", "purchases"), *_given(530, "learning", "purchases")),
    ),
    Customer(
        id="c-1021",
        story="Shaves with five blades; the blades for the other razor look alike and do not fit.",
        bought=_history(
            _on(515, "scharvo-trace-5", "scharvo-trace-5-blades-4"),
            _every(46, "scharvo-trace-5-blades-4", last=42, first=480),
            _on(340, "papelune-notebook"),
            _on(135, "balsavie-hand-cream", "balsavie-lip-balm"),
        ),
        choices=(*_given(515, "recommendations", "purchases"), *_given(515, "learning", "purchases")),
    ),
    Customer(
        id="c-1022",
        story="New this week: one purchase, one yes, and already an answer that fits.",
        bought=_on(3, "scharvo-trace-3"),
        choices=_given(3, "recommendations", "purchases", "preferences"),
    ),
    Customer(
        id="c-1023",
        story="Needs dust bags three times a year and coffee every month.",
        bought=_history(
            _on(528, "dustavelle-v2", "dustavelle-v2-bags"),
            _every(118, "dustavelle-v2-bags", "sanoviel-cloths", last=101, first=460),
            _on(370, "kavorno-alto", "kavorno-pods-lungo"),
            _every(31, "kavorno-pods-lungo", last=9, first=345),
            _every(92, "sanoviel-descaler", last=71, first=300),
            _on(260, "tonnerby-mug", "papelune-notebook"),
        ),
        choices=(*_given(528, "recommendations", "purchases"), *_given(528, "learning", "purchases")),
    ),
    Customer(
        id="c-1024",
        story="Drinks two flavours of the other pod system, and allows the shop to keep what she likes.",
        bought=_history(
            _on(490, "brunavel-mio", "brunavel-pods-espresso", "tonnerby-mug"),
            _every(29, "brunavel-pods-espresso", last=18, first=465),
            _every(58, "brunavel-pods-ristretto", last=47, first=440),
            _every(97, "sanoviel-descaler", last=47, first=400),
            _on(225, "halmoryn-candle", "balsavie-hand-cream"),
        ),
        choices=(
            *_given(490, "recommendations", "purchases", "preferences"),
            *_given(490, "learning", "purchases"),
        ),
    ),
    Customer(
        id="c-1025",
        story="Prints a lot at home and has moved to the large cartridges.",
        bought=_history(
            _on(525, "hp-ojp-8600", "papelune-letter-500"),
            _every(60, "hp-950-black", "papelune-letter-500", last=370, first=490),
            _every(110, "hp-950xl-black", "papelune-letter-500", last=102, first=330),
            _on(310, "hp-951xl-cyan", "hp-951xl-magenta", "hp-951xl-yellow"),
            _on(102, "hp-951xl-cyan", "hp-951xl-magenta", "hp-951xl-yellow"),
            _on(275, "papelune-notebook", "papelune-photo-50"),
        ),
        choices=(*_given(525, "recommendations", "purchases"), *_given(525, "learning", "purchases")),
    ),
    Customer(
        id="c-1026",
        story="Likes to be known in the store: the staff may see what was bought and said.",
        bought=_history(
            _in_store(480, "jonas", "hp-ojp-8600", "papelune-letter-500"),
            _every(70, "hp-950-black", "papelune-letter-500", last=33, first=430),
            _in_store(355, "jonas", "balsavie-hand-cream", "papelune-cards"),
            _in_store(205, "mara", "papelune-notebook", "halmoryn-candle"),
            _in_store(76, "jonas", "balsavie-hand-cream"),
        ),
        choices=(
            *_given(480, "recommendations", "purchases"),
            *_given(480, "learning", "purchases"),
            *_given(355, "assistance", "purchases", "feedback"),
            *_given(355, "experience", "feedback"),
        ),
    ),
    Customer(
        id="c-1027",
        story="Stopped buying pods seven months ago, and is not pressed to come back for them.",
        bought=_history(
            _on(545, "kavorno-alto", "kavorno-pods-espresso"),
            _every(26, "kavorno-pods-espresso", last=213, first=515),
            _every(85, "sanoviel-descaler", last=290, first=470),
            _on(390, "tonnerby-mug", "balsavie-hand-cream"),
            _on(60, "halmoryn-candle", "papelune-notebook"),
        ),
        choices=(*_given(545, "recommendations", "purchases"), *_given(545, "learning", "purchases")),
    ),
    Customer(
        id="c-1028",
        story="Withdrew and later gave permission anew: only what she says now counts.",
        bought=_history(
            _on(365, "kavorno-alto", "kavorno-pods-lungo"),
            _every(33, "kavorno-pods-lungo", last=15, first=330),
            _every(88, "sanoviel-descaler", last=66, first=300),
            _every(45, "scharvo-trace-5-blades-4", last=38, first=220),
            _on(228, "scharvo-trace-5", "balsavie-hand-cream"),
            _on(140, "papelune-notebook"),
        ),
        choices=(
            *_given(365, "learning", "purchases"),
            *_given(365, "recommendations", "purchases"),
            *_answered("withdrawn", 200, "recommendations", "purchases"),
            *_given(90, "recommendations", "purchases"),
        ),
    ),
    Customer(
        id="c-1029",
        story="Likes personal suggestions but refused learning: nobody else's list is shaped by it.",
        bought=_history(
            _on(450, "dustavelle-v4", "dustavelle-v4-bags"),
            _every(115, "dustavelle-v4-bags", last=98, first=340),
            _on(390, "hp-lj-p2035n"),
            _every(145, "hp-05a-black", "papelune-letter-500", last=130, first=290),
            _on(170, "tonnerby-mug", "balsavie-hand-cream"),
        ),
        choices=(
            *_given(450, "recommendations", "purchases"),
            *_answered("refused", 450, "learning", "purchases"),
        ),
    ),
    Customer(
        id="c-1030",
        story="Owns one coffee machine from here and one declared, and needs both kinds of pods.",
        bought=_history(
            _on(440, "kavorno-alto", "kavorno-pods-espresso"),
            _every(34, "kavorno-pods-espresso", last=24, first=400),
            _every(40, "brunavel-pods-lungo", last=36, first=380),
            _every(80, "sanoviel-descaler", last=24, first=350),
            _every(62, "papelune-letter-500", last=49, first=360),
            _on(265, "tonnerby-mug", "papelune-notebook", "balsavie-hand-cream"),
        ),
        choices=(
            *_given(440, "recommendations", "purchases", "devices"),
            *_given(440, "learning", "purchases"),
        ),
        devices=(Owned(product_id="brunavel-mio", since_days_ago=600),),
    ),
)
