"""Why an order is as it is, in a sentence that a planner can repeat."""

import re
from fractions import Fraction
from typing import NamedTuple

from unrolled.planning.stock import Article

__all__ = ["Expected", "because"]

_UNITS = {
    **{"s": "second", "min": "minute", "h": "hour", "D": "day", "B": "working day", "W": "week"},
    **dict.fromkeys(("M", "MS", "ME", "BMS", "BME"), "month"),
    **dict.fromkeys(("Q", "QS", "QE", "BQS", "BQE"), "quarter"),
    **dict.fromkeys(("Y", "YS", "YE", "BYS", "BYE"), "year"),
}
_SIMPLE = 2, 3, 4, 5, 10, 20, 25, 50, 100  # denominators that people say
_NEGLIGIBLE = 0.05, 0.005  # units, and share of the demand, that are not worth a word


class Expected(NamedTuple):
    """An order's numbers: what is ordered and was wanted, the level it fills up to, the demand expected until the next
    order can arrive, what of it is lost before this one does, and the limit that changed the order ("" for none)."""

    order: float
    wanted: float
    level: float
    demand: float
    early: float
    limit: str


def because(article: Article, expected: Expected, frequency: str) -> str:
    """Such a sentence or two: "Order 120 (5 packs of 24): 300 are expected to be asked for in the 10 days …"."""
    there, coming = article.on_hand, article.on_order
    if expected.early <= max(_NEGLIGIBLE[0], _NEGLIGIBLE[1] * expected.demand):
        expected = expected._replace(early=0.0)
    stock = f"{amount(there)} {_are(there)} there" if there else "nothing is there"
    stock += f" and {amount(coming)} on the way" if coming else ""
    facts = f"{_demand(article, expected, frequency)}; {_enough(article, expected)}; {stock}."
    return f"{_decision(article, expected)}: {facts}{_early(expected)}{_limit(article, expected)}"


def amount(value: float) -> str:
    """A number of units as people say it: whole where it is large."""
    if value == round(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def periods(count: float, frequency: str, about: bool = False) -> str:
    """So many periods in words: "the 7 days", "the day", "about 2.5 weeks"; "the 96 periods" of 15 minutes each."""
    unit = re.match(r"1?([A-Za-z]+)", frequency)
    word = _UNITS.get(unit[1], "period") if unit else "period"
    words = f"{amount(count)} {word}{'' if count == 1 else 's'}"
    return f"about {words}" if about else f"the {word if count == 1 else words}"


def _decision(article: Article, expected: Expected) -> str:
    if expected.order == 0:
        return "Order nothing"
    packs = expected.order / article.pack
    held = f" ({amount(packs)} pack{'' if round(packs, 6) == 1 else 's'} of {amount(article.pack)})"
    return f"Order {amount(expected.order)}{held if article.pack != 1 else ''}"


def _demand(article: Article, expected: Expected, frequency: str) -> str:
    demand, review = _rounded(expected.demand), periods(article.review, frequency)
    asked = f"{amount(demand) if demand else 'none'} {_are(demand)} expected to be asked for"
    if article.lead_time == 0:
        return f"{asked} in {review} until the next order can arrive"
    lead = periods(article.lead_time, frequency, article.lead_time_sd > 0)
    return f"{asked} in {lead} until an order arrives and {review} from then until the next one can"


def _enough(article: Article, expected: Expected) -> str:
    """What the level means under the article's target."""
    level = amount(max(_rounded(expected.level), 0.0))
    if article.fill_rate is not None:
        return f"with {level} for it, {article.fill_rate * 100:.4g} % of what is asked for from then on can be served"
    cases = f"in {_cases(article.ratio)} not more than {level}"
    if expected.early:
        cases += " beside what is lost before this order arrives"
    if article.price is None:
        return cases
    lost, left = amount(round(article.underage, 6)), amount(round(article.overage, 6))
    return f"{cases}, which is enough where a lost sale costs {lost} and a unit left over {left}"


def _early(expected: Expected) -> str:
    lost = _rounded(expected.early)
    return f" {amount(lost)} {_are(lost)} lost before this order arrives, however large it is." if lost else ""


def _limit(article: Article, expected: Expected) -> str:
    wanted = amount(_rounded(max(expected.wanted, 0.0)))
    if expected.limit == "capacity":
        return f" {wanted} would be wanted; the capacity is {amount(article.capacity)}."
    if expected.limit == "minimum":
        return f" {wanted} would be wanted; the least order is {amount(article.minimum)}."
    return ""


def _cases(ratio: float) -> str:
    """0.95 → "19 of 20 cases"; a share that is no such simple fraction, "36.1 % of cases"."""
    share = Fraction(ratio).limit_denominator(100)
    if abs(float(share) - ratio) < 1e-6 and share.denominator in _SIMPLE:
        return f"{share.numerator} of {share.denominator} cases"
    return f"{ratio * 100:.3g} % of cases"


def _rounded(value: float) -> float:
    """A mean as people say it: 301.6 → 302, 4.21 → 4.2."""
    return float(round(value)) if abs(value) >= 10 else round(value, 1)


def _are(value: float) -> str:
    return "is" if value == 1 else "are"
