"""Amounts of money as said: "four hundred fifty dollars", "$8.5k", "fifteen hundred", "twelve fifty".

Without a word for the currency, pairs are read as whole units ("twelve fifty" is 1,250), as contractors say
prices.
Pure functions; a number that names a document, a share, a time or a length is never taken for money.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from tools.spoken.numbers import SCALES, read_number
from tools.spoken.words import Token, phrase_at, tokenise, vocabulary

_UNITS = vocabulary(
    "dollar dollars buck bucks usd euro euros eur pound pounds gbp peso pesos franc francs yen yuan quid"
)
_CENTS = frozenset(["cent", "cents", "penny", "pennies", "pence"])
_NOT_MONEY_AFTER = vocabulary(
    "percent % am pm o'clock day days week weeks month months hour hours minute minutes year years people "
    "jobs invoices estimates st nd rd th times per bedroom bedrooms inch inches foot feet gallon gallons "
    "windows units ton tons amp amps"
)
_LABEL_BEFORE = vocabulary(
    "job number invoice estimate quote project # inv est proj quo no unit room apartment net"
)


# Beyond this nothing is a price, and rounding to cents would lose digits.
_LARGEST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class AmountSpan:
    """An amount at ``text[start:end]``.

    ``marked`` when a currency was said or written, so that it is surely money.
    """

    start: int
    end: int
    value: Decimal
    marked: bool


class NotAnAmount(ValueError):  # noqa: N818  (names what the text is)
    """The text holds no amount of money."""


def find_amount(text: str) -> AmountSpan | None:
    """The amount ``text`` speaks of, or None; one with a currency comes before a bare number."""
    spans = find_amounts(text)
    marked = [span for span in spans if span.marked]
    if marked:
        return marked[-1] if _corrects(text, marked) else marked[0]
    return max(spans, key=lambda span: span.value) if spans else None


def find_amounts(text: str) -> list[AmountSpan]:
    """Everything in ``text`` that may be money, in order."""
    tokens = tokenise(text)
    spans: list[AmountSpan] = []
    index = 0
    while index < len(tokens):
        span, end = _amount_at(tokens, index)
        if span is not None:
            spans.append(span)
        index = max(end, index + 1)
    return spans


def parse_amount(text: str | float | Decimal) -> Decimal:
    """The amount that ``text`` is, rounded to cents (ROUND_HALF_UP).

    Raises:
        NotAnAmount: When there is none in it, or it is negative.
    """
    if isinstance(text, Decimal | int | float):
        value = Decimal(str(text))
        if not value.is_finite() or not 0 <= value <= _LARGEST:
            raise NotAnAmount(str(text))
        return _cents(value)
    if re.match(r"^\s*(?:-|minus\b|negative\b)", text, re.IGNORECASE):
        raise NotAnAmount(text)
    found = find_amount(text)
    if found is None or found.value > _LARGEST:
        raise NotAnAmount(text)
    return _cents(found.value)


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _corrects(text: str, spans: list[AmountSpan]) -> bool:
    """Whether the later amount replaces the earlier one ("300, no, 350 dollars")."""
    if len(spans) < 2:
        return False
    between = text[spans[0].end : spans[-1].start].lower()
    return (
        re.search(r"\b(?:no|sorry|actually|make (?:it|that)|i mean|rather|correction)\b", between) is not None
    )


def _amount_at(tokens: list[Token], index: int) -> tuple[AmountSpan | None, int]:
    """The amount that starts at ``index`` and the index after what was read there."""
    couple = _a_couple(tokens, index)
    number = couple or read_number(tokens, index)
    if number is None:
        return None, index + 1
    value, end, _ = number
    after = tokens[end].text if end < len(tokens) else ""
    written = tokens[index].text[0] in "$€£"
    if not written and after not in _UNITS and (after in _NOT_MONEY_AFTER or _labelled(tokens, index, end)):
        return None, end
    if after in _CENTS:
        return AmountSpan(tokens[index].start, tokens[end].end, value / 100, True), end + 1
    marked = written or after in _UNITS or tokens[end - 1].text in {"grand", "k"}
    if after in _UNITS:
        end += 1
        value, end = _with_cents(tokens, value, end)
    return AmountSpan(tokens[index].start, tokens[end - 1].end, value, marked), end


def _labelled(tokens: list[Token], start: int, end: int) -> bool:
    """Whether the number names a document; "quote eighty five hundred" and "invoice 8,500" do not."""
    before = tokens[start - 1].text if start else ""
    if before not in _LABEL_BEFORE:
        return False
    round_price = "," in tokens[start].text or any(token.text in SCALES for token in tokens[start:end])
    return not (before in {"quote", "estimate", "invoice"} and round_price)


def _with_cents(tokens: list[Token], value: Decimal, end: int) -> tuple[Decimal, int]:
    """After "450 dollars": "and twenty cents", "and a half", "fifty"."""
    start = end + 1 if phrase_at(tokens, end, "and") else end
    if start > end and phrase_at(tokens, start, "a", "half"):
        return value + Decimal("0.5"), start + 2
    if start < len(tokens) and tokens[start].continues:
        cents = read_number(tokens, start)
        if cents is not None and cents[0] < 100 and cents[0] == cents[0].to_integral_value():
            named = cents[1] < len(tokens) and tokens[cents[1]].text in _CENTS
            last = cents[1] >= len(tokens) or not tokens[cents[1]].continues
            if named or (last and cents[0] >= 10):
                return value + cents[0] / 100, cents[1] + named
    return value, end


def _a_couple(tokens: list[Token], index: int) -> tuple[Decimal, int, str] | None:
    """Reads "a couple hundred", "a couple of thousand"."""
    if not phrase_at(tokens, index, "a", "couple"):
        return None
    position = index + 3 if phrase_at(tokens, index + 2, "of") else index + 2
    scale = {"hundred": 200, "thousand": 2_000, "grand": 2_000}.get(
        tokens[position].text if position < len(tokens) else ""
    )
    return (Decimal(scale), position + 1, "cardinal") if scale else None
