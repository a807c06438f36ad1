"""Numbers as people say them and as recognisers write them: "ten forty two", "fifteen hundred", "8.5k".

Regular cardinals are read by ``text2num``; what people do besides (pairs, digit by digit, "a hundred", "k")
is read
here. Pure functions; a number is never guessed out of a word that is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from text_to_num import text2num

from tools.spoken.words import Token, phrase_at, tokenise, vocabulary

UNITS = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "grand": 1_000, "k": 1_000}
ZEROES = {"oh", "o"}
# "the second one", "this one": a pronoun, no number.
_BEFORE_PRONOUN_ONE = vocabulary(
    "the this that which first second third fourth fifth last other another next each every no any other "
    "new big small old open only same one's right wrong late early"
)
_REFERENCE_WORDS = vocabulary("job jobs number no invoice estimate quote project proj inv est quo # id")
_WRITTEN = re.compile(r"[$€£]?\s?\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class NumberSpan:
    """One number in a text: ``text[start:end]`` has the ``value``.

    ``style`` says how it was said: ``cardinal`` (three hundred), ``paired`` (ten forty two, one oh four),
    ``written`` (1042, 8.5k). ``labelled`` is true after "job", "number", "#" and the like.
    """

    start: int
    end: int
    value: Decimal
    style: str
    labelled: bool = False

    @property
    def whole(self) -> int | None:
        """The value as an int, or None when it has a fraction."""
        return int(self.value) if self.value == self.value.to_integral_value() else None


def find_numbers(text: str) -> list[NumberSpan]:
    """All numbers of ``text`` in order; ordinals ("second", "15th"), dates and clock times are none."""
    tokens = tokenise(text)
    spans: list[NumberSpan] = []
    index = 0
    while index < len(tokens):
        found = read_number(tokens, index)
        if found is None:
            index += 1
            continue
        value, end, style = found
        before = tokens[index - 1].text if index else ""
        spans.append(
            NumberSpan(tokens[index].start, tokens[end - 1].end, value, style, before in _REFERENCE_WORDS)
        )
        index = end
    return spans


def parse_number(text: str) -> Decimal | None:
    """The number that ``text`` is, or None when it is none or more than one."""
    spans = find_numbers(text)
    return spans[0].value if len(spans) == 1 else None


def parse_reference_number(text: str) -> int | None:
    """The document number a reference names: "job ten forty two", "#42", "JOB-001042", "number 42", "31"."""
    spans = [span for span in find_numbers(text) if span.whole is not None]
    labelled = [span for span in spans if span.labelled]
    chosen = labelled or spans
    return chosen[0].whole if len(chosen) == 1 else None


def read_number(tokens: list[Token], index: int) -> tuple[Decimal, int, str] | None:
    """Read the longest number that starts at ``index``: (value, index after it, style)."""
    if phrase_at(tokens, index, "half", "a", "million"):
        return Decimal(500_000), index + 3, "cardinal"
    if tokens[index].text in {"half"} and _scale_follows(tokens, index + 1, articles=True):
        step = 2 if tokens[index + 1].text == "a" else 1
        return Decimal(SCALES[tokens[index + step].text]) / 2, index + step + 1, "cardinal"
    if _WRITTEN.fullmatch(tokens[index].text):
        return _read_written(tokens, index)
    return _read_spoken(tokens, index)


def _scale_follows(tokens: list[Token], index: int, *, articles: bool = False) -> bool:
    if articles and index < len(tokens) and tokens[index].text == "a":
        index += 1
    return index < len(tokens) and tokens[index].text in SCALES


def _read_written(tokens: list[Token], index: int) -> tuple[Decimal, int, str] | None:
    end = index + 1
    following = tokens[end].text if end < len(tokens) else ""
    glued = end < len(tokens) and tokens[end].glued
    if glued and following in {"st", "nd", "rd", "th", "am", "pm"}:
        return None
    digits = tokens[index].text.lstrip("$€£ ").replace(",", "")
    value = Decimal(digits)
    if following in SCALES and (tokens[end].continues):
        value, end = value * SCALES[following], end + 1
        return _with_remainder(tokens, value, end, "written")
    if phrase_at(tokens, end, "and", "a", "half") and _scale_follows(tokens, end + 3):
        return (value + Decimal("0.5")) * SCALES[tokens[end + 3].text], end + 4, "written"
    # "10 42", "1-0-4-2": a recogniser's spelling of "ten forty two".
    if digits.isdigit() and len(digits) <= 2:
        while end < len(tokens) and tokens[end].continues and _short_digits(tokens, end):
            digits += "0" if tokens[end].text in ZEROES else tokens[end].text
            end += 1
        if end > index + 1:
            return Decimal(digits), end, "paired"
    return value, end, "written"


def _short_digits(tokens: list[Token], index: int) -> bool:
    word = tokens[index].text
    if word in ZEROES:
        return index + 1 < len(tokens) and tokens[index + 1].text.isdigit()
    if not (word.isdigit() and len(word) <= 2):
        return False
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    return after is None or not (
        after.text in {"am", "pm", "%", "percent"} or (after.glued and after.text in {"th", "st", "nd", "rd"})
    )


def _with_remainder(tokens: list[Token], value: Decimal, end: int, style: str) -> tuple[Decimal, int, str]:
    """After "15 hundred" or "two thousand" in digits, "and 50" still belongs to the number."""
    start = end + 1 if phrase_at(tokens, end, "and") else end
    if start < len(tokens) and tokens[start].continues and re.fullmatch(r"\d{1,3}", tokens[start].text):
        rest = int(tokens[start].text)
        if rest < 100 or (value % 1000 == 0 and rest < 1000):
            return value + rest, start + 1, style
    return value, end, style


def _read_spoken(tokens: list[Token], index: int) -> tuple[Decimal, int, str] | None:
    words, end = _run(tokens, index)
    while words:
        read = _value_of(words)
        if read is not None and not _is_pronoun(tokens, index, words):
            value, style = read
            scaled = _and_a_half(tokens, index, end, value)
            if scaled is not None:
                return *scaled, style
            return value, end, style
        words, end = words[:-1], end - 1
    return None


def _run(tokens: list[Token], index: int) -> tuple[list[str], int]:
    """The stretch of number words from ``index``, "and" only where English has one."""
    words: list[str] = []
    position = index
    if tokens[index].text == "a":
        if not _scale_follows(tokens, index + 1):
            return [], index
        words, position = ["one"], index + 1
    while position < len(tokens):
        word = tokens[position].text
        if position > index and not tokens[position].continues and not _after_scale_comma(tokens, position):
            break
        if word == "and":
            if not (words and words[-1] in SCALES and _starts_number(tokens, position + 1)):
                break
        elif word == "point":
            if not words or not _starts_number(tokens, position + 1):
                break
        elif word in ZEROES:
            if not words or (words[-1] in SCALES):
                break
        elif word not in UNITS and word not in TENS and not (word in SCALES and words):
            break
        words.append(word)
        position += 1
    while words and words[-1] in {"and", "point"}:
        words, position = words[:-1], position - 1
    return words, position


def _after_scale_comma(tokens: list[Token], position: int) -> bool:
    return tokens[position].gap.strip() == "," and tokens[position - 1].text in {"thousand", "million"}


def _starts_number(tokens: list[Token], index: int) -> bool:
    return index < len(tokens) and (tokens[index].text in UNITS or tokens[index].text in TENS)


def _is_pronoun(tokens: list[Token], index: int, words: list[str]) -> bool:
    return words == ["one"] and index > 0 and tokens[index - 1].text in _BEFORE_PRONOUN_ONE


def _and_a_half(tokens: list[Token], start: int, end: int, value: Decimal) -> tuple[Decimal, int] | None:
    if phrase_at(tokens, end, "and", "a", "half"):
        if _scale_follows(tokens, end + 3):
            return (value + Decimal("0.5")) * SCALES[tokens[end + 3].text], end + 4
        scale = SCALES.get(tokens[end - 1].text)
        if scale and start < end - 1:  # "eight thousand and a half" is eight and a half thousand
            return value + Decimal(scale) / 2, end + 3
    return None


def _value_of(words: list[str]) -> tuple[Decimal, str] | None:
    if not words or words[0] in {"and", "point"}:
        return None
    if "point" in words:
        return _decimal_point(words)
    canonical = [
        "thousand" if word in {"grand", "k"} else "forty" if word == "fourty" else word for word in words
    ]
    if not ZEROES & set(canonical):
        try:
            return Decimal(text2num(" ".join(canonical), "en")), "cardinal"
        except ValueError:
            pass
    if "and" in canonical or any(word in SCALES for word in canonical):
        return _scaled_pairs(canonical)
    return _pairs(canonical)


def _decimal_point(words: list[str]) -> tuple[Decimal, str] | None:
    """Reads "eight point five", "one point two five million"."""
    at = words.index("point")
    head, tail = words[:at], words[at + 1 :]
    scale = 1
    while tail and tail[-1] in SCALES:
        scale *= SCALES[tail[-1]]
        tail = tail[:-1]
    whole, fraction = _value_of(head), _pairs(tail)
    if whole is None or fraction is None:
        return None
    return Decimal(f"{int(whole[0])}.{_digits(tail)}") * scale, "cardinal"


def _scaled_pairs(words: list[str]) -> tuple[Decimal, str] | None:
    """Reads "one twenty thousand" (120,000): a pair below 1,000 before one scale."""
    if words[-1] != "thousand" or "and" in words or any(word in SCALES for word in words[:-1]):
        return None
    head = _pairs(words[:-1])
    return (head[0] * 1_000, "cardinal") if head is not None and head[0] < 1_000 else None


def _pairs(words: list[str]) -> tuple[Decimal, str] | None:
    digits = _digits(words)
    return (Decimal(digits), "paired") if digits and len(digits) <= 12 else None


def _digits(words: list[str]) -> str:
    """Digit by digit and two by two: "ten forty two" → "1042", "one oh four two" → "1042"."""
    out = ""
    index = 0
    while index < len(words):
        word = words[index]
        if word in ZEROES:
            out += "0"
        elif word in TENS:
            unit = UNITS.get(words[index + 1], 0) if index + 1 < len(words) else 0
            joined = 0 < unit < 10
            out += str(TENS[word] + (unit if joined else 0))
            index += joined
        elif word in UNITS:
            out += str(UNITS[word])
        else:
            return ""
        index += 1
    return out
