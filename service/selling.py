"""What counts as selling: a closed list, so that a tip has nothing to buy in it and a service note no marketing.

`docs/tips-and-messages.md` has the same list. What is not on it is not refused: a person still reads the text.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from unicodedata import category, normalize


class Selling(StrEnum):
    """What is found in a text, in the words of an error."""

    LINK = "a link"
    AMOUNT = "an amount of money"
    PERCENTAGE = "a percentage"
    OFFER = "a word of offers"
    BUYING = "a call to buy"


OFFER_WORDS = (
    "bargain", "best price", "black friday", "cashback", "cheaper", "clearance", "coupon", "coupons", "discount",
    "discounted", "discounts", "free delivery", "free gift", "free shipping", "gift card", "half off", "half price",
    "money off", "offers", "on offer", "our offer", "percent off", "price", "prices", "promo", "promotion",
    "promotions", "sale", "save money", "special offer", "voucher", "vouchers",
)  # fmt: skip
OFFER_WORDS_ZH = (
    "优惠", "折扣", "打折", "特价", "特惠", "促销", "大促", "降价", "减价", "半价", "低价", "满减", "立减", "包邮",
    "赠品", "代金券", "抵用券", "礼券", "红包", "返现", "清仓", "甩卖", "秒杀", "价格", "原价", "现价", "售价",
    "划算", "买一送一",
)  # fmt: skip
BUYING_WORDS = (
    "add to basket", "add to cart", "buy", "checkout", "order here", "order now", "order online", "order today",
    "purchase now", "shop here", "shop now",
)  # fmt: skip
BUYING_WORDS_ZH = (
    "立即购买", "马上购买", "现在购买", "点击购买", "欢迎购买", "选购", "抢购", "加入购物车", "立即下单",
    "马上下单", "现在下单",
)  # fmt: skip
CURRENCIES = (
    "aud",
    "cad",
    "chf",
    "cny",
    "dkk",
    "eur",
    "gbp",
    "hkd",
    "jpy",
    "nok",
    "rmb",
    "sek",
    "twd",
    "usd",
)
CURRENCY_WORDS = ("cent", "cents", "dollar", "dollars", "euro", "euros", "yuan")
DOMAINS = ("app", "biz", "cn", "co", "com", "de", "eu", "example", "fr", "info", "io", "net", "org", "shop", "store",
           "uk")  # fmt: skip


_HAN = "\u3400-\u9fff"


def selling_in(text: str) -> Iterator[tuple[Selling, str]]:
    """Each kind of selling in `text`, with the words that show it."""
    plain = _plain(text)
    for kind, pattern in _PATTERNS.items():
        found = pattern.search(plain)
        if found:
            yield kind, found[0].strip()


def _plain(text: str) -> str:
    """As it is read: wide letters are letters, what has no width is not there, a hyphen is a space between words."""
    seen = "".join(one for one in normalize("NFKC", text).casefold() if category(one) != "Cf")
    spaced = re.sub(r"(?<=[a-z])[-\u2010-\u2015](?=[a-z])|\s+", " ", seen)
    # Between Chinese words there is none: a space there only hides them.
    return re.sub(rf"(?<=[{_HAN}]) (?=[{_HAN}])", "", spaced)


def _any_of(words: tuple[str, ...]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


def _english(words: tuple[str, ...]) -> str:
    # No `\b`: a Chinese character beside it is no letter of the word.
    return rf"(?<![a-z0-9])(?:{_any_of(words)})(?![a-z0-9])"


_CURRENCY_SIGNS = "$¢£¤¥฿₠-⃀﷼"
_NUMBER_ZH = "0-9零一二三四五六七八九十百千万两"
_MONEY_ZH = "元(?!素|件)|块钱|美元|欧元|英镑|日元|港币|人民币"
_PATTERNS = {
    Selling.LINK: re.compile(
        rf"https?:|[a-z][a-z0-9+.]*://|mailto:|www\.|</?[a-z]|\]\("
        rf"|(?<![a-z0-9])[a-z0-9][a-z0-9-]*\.(?:{_any_of(DOMAINS)})(?![a-z0-9])"
        # A day of a month, such as 12.dec/13.dec, is no address: its name has no letter.
        r"|(?<![a-z0-9])[0-9]*[a-z][a-z0-9-]*\.[a-z]{2,}(?::[0-9]+)?/[a-z0-9@~]"
    ),
    Selling.AMOUNT: re.compile(
        rf"[{_CURRENCY_SIGNS}]|(?<![a-z])(?:{_any_of(CURRENCIES)})\s?[0-9]"
        rf"|[0-9]+\s?(?:{_any_of((*CURRENCIES, *CURRENCY_WORDS))})(?![a-z])|[{_NUMBER_ZH}]+\s?(?:{_MONEY_ZH})"
    ),
    Selling.PERCENTAGE: re.compile(r"[0-9]+\s?(?:%|‰|percent(?![a-z])|per cent(?![a-z]))|百分之"),
    Selling.OFFER: re.compile(
        rf"{_english(OFFER_WORDS)}|{_any_of(OFFER_WORDS_ZH)}|[0-9]+\s?% (?:off|less)(?![a-z])"
        r"|[0-9一二三四五六七八九](?:\.[0-9])?\s?折(?![叠痕起])"
    ),
    Selling.BUYING: re.compile(rf"{_english(BUYING_WORDS)}|{_any_of(BUYING_WORDS_ZH)}"),
}
