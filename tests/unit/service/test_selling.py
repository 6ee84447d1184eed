"""What counts as selling: the whole list, in every way that it is written, and what only looks like it."""

import re

import pytest

from service import selling
from service.selling import Selling, selling_in
from tests.architecture.sources import ROOT

SELLS = {
    Selling.LINK: [
        "See https://shop.example/p/1", "www.shop.test", "more at shop.com", "SHOP.COM", "[here](x)",
        "bit.ly/perm5", "salon.hair/perm", "t.me/salon", "my-salon.hair:8080/x", "ftp://salon",
        "salon+app://perm", "请看salon.hair/perm", "<a href=x>", "mailto:x",
        "请访问shop.cn", "\uff53\uff48\uff4f\uff50.com", "sh\u200bop.com",
    ],
    Selling.AMOUNT: [
        "Only $5", "5 €", "\uffe599", "EUR 20", "20usd", "20 euros", "99元", "一百元", "五块钱", "\uff045", "50 人民币",
    ],
    Selling.PERCENTAGE: ["20 %", "20%", "\uff12\uff10\uff05", "5 percent", "5 per cent", "百分之二十"],
    Selling.OFFER: [
        "20% off", "20 % less", "8折", "七折", "8.5折",
        "8 折", "打 折", "优\n惠", "半 \u3000价", "HALF-PRICE", "half\u2011price", "现在半价",
    ],
    Selling.BUYING: ["Buy it", "buy-now", "Order now!", "立即购买吧", "现在buy吧"],
}  # fmt: skip
HARMLESS = (
    "Keep the humidity near the printer at about half.",
    "A great deal of water; in good order; do not offer it to children.",
    "The printer you bought needs rest. Wholesale? Priceless! Buyer.",
    "Salesperson Kim can see you; the discounter is next door.",
    "折叠两次。再清洗一元素。对折处要留意骨折。",
    "Version 2.0.1, page 3 of 5, e.g. monthly. Turn it 90 degrees.",
    "一等品。请勿打开。三折叠。",
    "Use 5 centimetres of tape.",
    "Mon./Fri. and/or 12.Dec/13.Dec; 1.5 mg/kg, 0.5ml/l, 24/7, etc./other, Dr./Mr. Kim. Rinse.Dry",
    "步骤 3 折叠 两次 再 清洗。",
)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SELLS.items() for text in texts])
def test_it_is_found_however_it_is_written(kind: Selling, text: str) -> None:
    assert kind in dict(selling_in(text))


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_passes(text: str) -> None:
    assert list(selling_in(text)) == []


LISTED = {
    Selling.OFFER: selling.OFFER_WORDS + selling.OFFER_WORDS_ZH,
    Selling.BUYING: selling.BUYING_WORDS + selling.BUYING_WORDS_ZH,
    Selling.AMOUNT: selling.CURRENCIES + selling.CURRENCY_WORDS,
    Selling.LINK: selling.DOMAINS,
}


@pytest.mark.parametrize("kind", [Selling.OFFER, Selling.BUYING])
def test_each_word_of_the_list_is_found(kind: Selling) -> None:
    for word in LISTED[kind]:
        assert kind in dict(selling_in(f"Now {word.upper()}, as you know.")), word


@pytest.mark.parametrize("kind", list(LISTED))
def test_the_page_has_the_whole_list(kind: Selling) -> None:
    page = (ROOT / "docs/tips-and-messages.md").read_text("utf-8")
    [row] = re.findall(rf"^\| {kind} \| (.*?) \|", page, re.MULTILINE)
    told = {
        word.strip() for part in row.split(";") for word in re.split(r", | beside | before | ends in ", part)
    }
    assert set(LISTED[kind]) <= told
