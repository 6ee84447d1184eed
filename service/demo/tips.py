"""The care tips of the demo shop, for its printers, as the API takes them."""

from typing import Any

TIPS: dict[str, dict[str, Any]] = {
    "print-a-little": {
        "products": ["hp-ojp-8600", "hp-ojp-8100", "hp-oj-6700", "hp-oj-7610", "hp-dj-3510", "hp-envy-120"],
        "due": {"after_days": 30},
        "texts": {
            "en": {
                "title": "Print a little, often",
                "text": "A page in colour every week or two keeps the nozzles of an inkjet printer from drying out.",
            },
            "zh-Hans": {
                "title": "少量多次打印",
                "text": "每一两周打印一页彩色内容。这样喷墨打印机的喷嘴不会干涸。",
            },
        },
    },
    "dry-air": {
        "categories": ["printers"],
        "due": {"from": "11-01", "to": "03-31"},
        "texts": {
            "en": {
                "title": "Dry air curls paper",
                "text": "While the heating is on, keep paper in its wrapper until you print: it curls and jams less.",
            },
            "zh-Hans": {
                "title": "空气干燥时纸张易卷曲",
                "text": "供暖期间请把纸张留在包装里。打印时再取出。这样不易卷曲或卡纸。",
            },
        },
    },
}
