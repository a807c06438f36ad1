"""Numbers, dates and times of day as English words, the way a receptionist says them.

num2words knows the numbers; how they are said in dates, times, addresses and references is known here. Recognising
figures inside a text is for ``speakable``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from num2words import num2words

_ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip


@lru_cache(2048)
def cardinal(number: int) -> str:
    """A whole number in words, as an American says it: 1250 → "one thousand two hundred fifty"."""
    return _american(num2words(number))


@lru_cache(512)
def ordinal(number: int) -> str:
    """21 → "twenty first"."""
    return _american(num2words(number, to="ordinal"))


def _american(words: str) -> str:
    """Without the British "and", and without commas and hyphens, which a voice takes for breaths."""
    return " ".join(word for word in words.replace(",", " ").replace("-", " ").split() if word != "and")


def digits(text: str) -> str:
    """Digits one by one: "042" → "zero four two"; whatever else ``text`` has is dropped."""
    return " ".join(_ONES[int(sign)] for sign in text if sign in "0123456789")


def pair(number: int) -> str:
    """Two digits after others: 5 → "oh five", 42 → "forty two"."""
    return f"oh {cardinal(number)}" if number < 10 else cardinal(number)


def year(number: int) -> str:
    """2026 → "twenty twenty six", 2005 → "two thousand five"."""
    high, low = divmod(number, 100)
    if 2000 <= number < 2010 or not 1100 <= number < 2100:
        return cardinal(number)
    return f"{cardinal(high)} {pair(low) if low else 'hundred'}"


def clock_time(hour: int, minute: int) -> str:
    """Hour 0..23 and minute: 14, 5 → "two oh five P M"."""
    said = cardinal((hour + 11) % 12 + 1) + (f" {pair(minute)}" if minute else "")
    return f"{said} {'A M' if hour < 12 else 'P M'}"


def reference(number: str) -> str:
    """A document's number: "001042" → "ten forty two", "000031" → "thirty one"."""
    value = int(number)
    high, low = divmod(value, 100)
    if 1000 < value < 10_000 and (low >= 10 or (low and high % 10)):
        return f"{cardinal(high)} {pair(low)}"
    return cardinal(value) if value < 10_000 else digits(str(value))


def house_number(number: str) -> str:
    """The number of a house: "412" → "four twelve", "1208" → "twelve oh eight", "1500" → "fifteen hundred"."""
    high, low = divmod(int(number), 100)
    if len(number) == 4 and high % 10 and not low:
        return f"{cardinal(high)} hundred"
    if len(number) == 3 and low:
        return f"{cardinal(high)} {pair(low)}"
    return reference(number)
