"""Signs, units, addresses of the net and codes → words; and the promise that nothing unspeakable is left.

The part of ``speakable`` that is about how things are abbreviated, not about what a number means. Rules, in order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from media.spoken_numbers import cardinal, digits, reference

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str] | str]

#: Abbreviation → what one and what several are called.
_UNITS: Final = {
    "sq ft": ("square foot", "square feet"), "sq. ft": ("square foot", "square feet"),
    "sqft": ("square foot", "square feet"), "ft": ("foot", "feet"), "yd": ("yard", "yards"), "mi": ("mile", "miles"),
    "cm": ("centimeter", "centimeters"), "mm": ("millimeter", "millimeters"), "km": ("kilometer", "kilometers"),
    "hr": ("hour", "hours"), "hrs": ("hour", "hours"), "min": ("minute", "minutes"), "mins": ("minute", "minutes"),
    "sec": ("second", "seconds"), "secs": ("second", "seconds"), "yr": ("year", "years"), "yrs": ("year", "years"),
    "mo": ("month", "months"), "mos": ("month", "months"), "wk": ("week", "weeks"), "wks": ("week", "weeks"),
    "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"), "oz": ("ounce", "ounces"), "kg": ("kilogram", "kilograms"),
    "gal": ("gallon", "gallons"), "gals": ("gallon", "gallons"), "gpm": ("gallon per minute", "gallons per minute"),
    "psi": ("P S I", "P S I"), "btu": ("B T U", "B T U"), "kwh": ("kilowatt hour", "kilowatt hours"),
    "kw": ("kilowatt", "kilowatts"), "hp": ("horsepower", "horsepower"), "amp": ("amp", "amps"),
    "qt": ("quart", "quarts"), "qts": ("quart", "quarts"), "pcs": ("piece", "pieces"), "mph": ("mile per hour",
    "miles per hour"),
}  # fmt: skip
_PER: Final = {
    "hr": "hour", "hour": "hour", "min": "minute", "day": "day", "wk": "week", "week": "week", "mo": "month",
    "month": "month", "yr": "year", "year": "year", "ft": "foot", "sq ft": "square foot", "sqft": "square foot",
    "gal": "gallon", "lb": "pound", "mi": "mile", "visit": "visit", "job": "job",
}  # fmt: skip
_SHORT: Final = {
    "appt": "appointment", "approx": "approximately", "dept": "department", "incl": "including", "qty": "quantity",
    "vs": "versus", "ext": "extension", "tel": "telephone", "w/o": "without", "w/": "with", "c/o": "care of",
    "asap": "as soon as possible", "e.g": "for example", "i.e": "that is", "etc": "et cetera", "misc": "miscellaneous",
    "mgr": "manager", "maint": "maintenance", "bldg": "building", "flr": "floor", "rm": "room", "blk": "block",
}  # fmt: skip
_DOT: Final = r"(?:\.(?!\s*(?:$|\n)))?"
"""The dot of an abbreviation; at the end of the text it is the full stop of the sentence too and stays."""
_SITE: Final = (
    r"(?:https?://)?(?:www\.)?(?P<host>[A-Za-z0-9][\w-]*(?:\.[\w-]+)*\.(?:com|org|net|io|us|co|gov|edu|biz|info|app))\b"
    r"(?P<path>(?:/[^\s,;()\"]*[^\s,;()\".:!?])*)/?"
)


def _spelt(text: str) -> str:
    """An address of the net as one reads it out: letters that make a word stay a word, figures go one by one."""
    for sign, word in (
        ("@", "at"),
        (".", "dot"),
        ("_", "underscore"),
        ("-", "dash"),
        ("+", "plus"),
        ("/", "slash"),
    ):
        text = text.replace(sign, f" {word} ")
    return " ".join(re.sub(r"\d+", lambda number: f" {digits(number[0])} ", text).split())


def _unit(found: re.Match[str]) -> str:
    one, several = _UNITS[found["unit"].lower()]
    return f"{found['number']} {one if found['number'] == '1' else several}"


def _code(found: re.Match[str]) -> str:
    number = found["number"]
    said = digits(number) if len(number) > 4 or number.startswith("0") else reference(number)
    return f"{found['letters']} {said}"


def _document_of_year(found: re.Match[str]) -> str:
    return f"{found['kind']}-{found['year']}, {reference(found['number'])}"


def _decade(found: re.Match[str]) -> str:
    tens = cardinal(int(found["tens"]) * 10) if found["tens"] != "0" else "hundred"
    plural = f"{tens[:-1]}ies" if tens.endswith("y") else f"{tens}s"
    return f"{cardinal(int(found['century']))} {plural}" if found["century"] else plural


_NUMBER: Final = r"(?<![\w.])(?P<number>\d[\d,]*(?:\.\d+)?)"

BEFORE: Final[tuple[Rule, ...]] = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), lambda found: _spelt(found[0])),
    (re.compile(_SITE), lambda found: _spelt(found["host"] + found["path"])),
    (re.compile(r"\bhttps?://"), ""),
    (re.compile(r"\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?\b"), r"\1 at \2"),
    (re.compile(r"\b(?P<kind>INV|JOB|EST|QUO|PROJ)-(?P<year>20\d\d)-(?P<number>\d{1,6})\b", re.I), _document_of_year),
    (re.compile(r"(?<=\d)²|\b(m|ft|cm|in)²"), lambda found: f"square {found[1]}" if found[1] else " squared"),
    (re.compile(r"(?<=\d)([½¼¾⅓⅔⅛⅜⅝⅞])"), r" \1"),
    (re.compile(r"\b([A-Z])/([A-Z])\b"), r"\1 \2"),
    (re.compile(r"№\s?"), "number "),
    (re.compile(rf"{_NUMBER}\s?¢"), lambda found: f"{found['number']} cent{'' if found['number'] == '1' else 's'}"),
    (re.compile(r"¥\s?(\d[\d,]*)"), r"\1 yen"),
    (re.compile(r"\bUSD\s?(?=\d)"), "$"),
    (re.compile(r"(?<![\d$€£.,])(\d[\d,]*(?:\.\d\d?)?)\s?USD\b"), r"$\1"),
    (re.compile(r"(?<=[\dkKmM%])\s?[-–]\s?(?=[$€£]\d)|(?<=\d[ap]m)\s?[-–]\s?(?=\d)"), " to "),
    (re.compile(r"\b(?P<before>ext\.?|extension|p\.?\s?o\.?\s?box|zip(?: code)?)\s?(?P<number>\d{1,6})\b", re.I),
     lambda found: f"{'extension' if found['before'][0] in 'eE' else found['before']} {digits(found['number'])}"),
    (re.compile(r"(?P<before>\b(?:apt|apartment|ste|suite|unit|rm|room)\b\.?)\s?#\s?", re.I), r"\g<before> "),
    (re.compile(r"#\s?(?P<number>\d{3,6})\b"), lambda found: f"number {reference(found['number'])}"),
    (re.compile(r"\bNo\.\s?(?=\d)|\bno\.\s(?=\d)|#\s?(?=\d)"), "number "),
    (re.compile(r"\b(?P<century>\d\d)?(?P<tens>\d)0s\b"), _decade),
    (re.compile(r"(?P<feet>\b\d+)['′](?P<inches>\d+)[\"″]"), r"\g<feet> feet \g<inches> inches"),
    (re.compile(r"(?<=\d)[\"″](?=[\s,.;x×]|$)"), " inch"),
    (re.compile(rf"{_NUMBER}\s?(?:°|degrees?)\s?(?P<scale>[FC])?\b|{_NUMBER.replace('number', 'bare')}\s?°"),
     lambda found: _degrees(found)),
    (re.compile(r"(?:(?<=\d)|(?<=\dk)|(?<=gal)|(?<=ft)|(?<=mi))\s?/\s?"
                rf"(?P<per>{'|'.join(sorted(_PER, key=len, reverse=True))})\b{_DOT}", re.I),
     lambda found: f" per {_PER[found['per'].lower()]}"),
    (re.compile(rf"{_NUMBER}[\s-]?(?P<unit>{'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})\b{_DOT}",
                re.I), _unit),
    (re.compile(r"(?<=\d)\s?V\b"), " volts"),
    (re.compile(r"(?<=\d)\s?A\b(?=\s(?:breaker|circuit|fuse|outlet|panel|service))"), " amp"),
    (re.compile(r"(?<=[a-z\d])\s[x×]\s(?=\d)|(?<=\d)[x×](?=\d)"), " by "),
    (re.compile(r"\b(?!JOB|INV|EST|QUO|PROJ)(?P<letters>[A-Z]{1,5})-(?P<number>\d+)\b(?!-)"), _code),
    (re.compile(r"\b(\d+)-([A-Z])\b"), r"\1 \2"),
    (re.compile(r"(?<![\w)\]])[-−](?=[\d.])"), "minus "),
    (re.compile(r"[~≈]\s?(?=[$€£]?\d)"), "about "),
    (re.compile(r"[≥]\s?(?=[$€£]?\d)|>=\s?(?=\d)"), "at least "),
    (re.compile(r"[≤]\s?(?=[$€£]?\d)|<=\s?(?=\d)"), "at most "),
    (re.compile(r"<\s?(?=[$€£]?\d)"), "less than "),
    (re.compile(r">\s?(?=[$€£]?\d)"), "more than "),
)  # fmt: skip

AFTER: Final[tuple[Rule, ...]] = (
    (re.compile(rf"(?<![\w/])({'|'.join(sorted(map(re.escape, _SHORT), key=len, reverse=True))})(?![\w/]){_DOT}", re.I),
     lambda found: _SHORT[found[1].lower()]),
    (re.compile(r"\s@\s"), " at "),
    (re.compile(r"(?<=[^\W\d])\s?/\s?(?=[^\W\d])"), " or "),
    (re.compile(r"(?<=[\w%])\s?\+(?!\w)"), " plus"),
    (re.compile(r"\s?\+\s?"), " plus "),
    (re.compile(r"\s?=\s?"), " equals "),
    (re.compile(r"\s*&\s*"), " and "),
    (re.compile(r"\s?%"), " percent"),
    (re.compile(r"\s?°"), " degrees"),
)  # fmt: skip

_SPOKEN_MARKS: Final = frozenset(" \n.,;:!?'’-\"“”()…")


def _degrees(found: re.Match[str]) -> str:
    scale = {"F": " Fahrenheit", "C": " Celsius", None: ""}[found["scale"]]
    number = found["number"] or found["bare"]
    return f"{number} degree{'' if number == '1' else 's'}{scale}"


def plain_characters(text: str) -> str:
    """Fractions, superscripts, full-width and other dressed-up characters as the plain ones they stand for."""
    return unicodedata.normalize("NFKC", text).replace("⁄", "/")


def only_spoken(text: str) -> str:
    """The text without what no voice can say; its place is a blank."""
    return "".join(sign if sign.isalpha() or sign in _SPOKEN_MARKS or _joins(sign) else " " for sign in text)


def _joins(sign: str) -> bool:
    """Accents that are characters of their own belong to their letter."""
    return unicodedata.category(sign) == "Mn"
