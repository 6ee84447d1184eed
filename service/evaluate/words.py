"""What people read about methods and measures: one wording for the report and the console."""

from datetime import date

from service.evaluate.comparison import OURS, SCORES_ALONE
from service.evaluate.evaluation import WindowFacts

TITLES = {
    "popularity": "Popularity",
    "recent_popularity": "Recent popularity",
    "personal_frequency": "Personal frequency",
    "item_knn": "Item-kNN",
    "ials": "iALS",
    "ease": "EASE",
    SCORES_ALONE: "Byleave, scores alone",
    OURS: "Byleave",
}
MEANINGS = {
    "popularity": "The ten products that most customers ever bought; the same list for everybody.",
    "recent_popularity": "The ten that most customers bought in the last 30 days; the same list for everybody.",
    "personal_frequency": "What this customer bought on most days; free places go to what is popular now.",
    "item_knn": "Products bought by the same customers as hers (nearest neighbours, BM25 weights).",
    "ials": "Patterns in who buys what (matrix factorisation, Hu, Koren and Volinsky 2008).",
    "ease": "How each product goes with all others (linear model, Steck 2019).",
    SCORES_ALONE: "The scores of Byleave with nothing kept silent. It is not served: it tells what it costs that "
    "Byleave offers nothing that a customer just bought.",
    OURS: "What Byleave serves, by the same code: only from customers who allow learning, never from fewer than five "
    "of them.",
}
LISTS = {False: "All products", True: "New products only"}
LEFT_OUT = {
    "no_customer": "without a customer",
    "return": "returns and cancellations",
    "no_sale": "without a price or quantity above zero",
    "no_product": "product ids that do not fit --products",
    "rejected": "could not be read",
}


def window_title(window: WindowFacts, number: int, *, dated: bool) -> str:
    """When it was, as far as the file tells."""
    if dated:
        return f"{_day(window.start)} to {_day(window.end)}"
    return "last basket" if number == 0 else f"basket {number + 1} from the end"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
