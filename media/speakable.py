"""Text as it is written → text as it is said: dates, times, money, numbers and addresses in plain words.

Pure functions over English text. Rewriting is safe to repeat (what is already in words stays), and nothing is
left out. Deciding *what* to say is for others.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from media.spoken_numbers import cardinal, clock_time, digits, house_number, ordinal, reference, year
from media.spoken_signs import AFTER, BEFORE, Rule, only_spoken, plain_characters

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH_SHORT: Final = {**{name[:3].lower(): name for name in _MONTHS if name != "May"}, "sept": "September"}
_WEEKDAYS: Final = {
    "mon": "Monday", "tue": "Tuesday", "tues": "Tuesday", "wed": "Wednesday", "thu": "Thursday",
    "thur": "Thursday", "thurs": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip
_STREETS: Final = {
    "st": "Street", "ave": "Avenue", "blvd": "Boulevard", "rd": "Road", "dr": "Drive", "ln": "Lane", "ct": "Court",
    "sq": "Square", "hwy": "Highway", "pkwy": "Parkway", "cir": "Circle",
}  # fmt: skip
_TITLES: Final = frozenset({"st", "dr"})
_COMPASS: Final = {"N": "North", "S": "South", "E": "East", "W": "West"}
_PARTS_OF_BUILDING: Final = ("apt", "apartment", "ste ", "ste.", "suite", "unit", "floor", "bldg", "building")
_UNITS: Final = {"apt": "apartment", "ste": "suite"}
_FRACTIONS: Final = {"2": "half", "3": "third", "4": "quarter", "8": "eighth", "16": "sixteenth"}
_CURRENCIES: Final = {"$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny")}
_DOCUMENTS: Final = {
    "job": "job", "inv": "invoice", "est": "estimate", "quo": "quote", "proj": "project",
}  # fmt: skip


def _iso_date(found: re.Match[str]) -> str:
    return _date(found, month=int(found["month"]), day=int(found["day"]), in_year=int(found["year"]))


def _us_date(found: re.Match[str]) -> str:
    in_year = found["year"]
    full = None if in_year is None else int(in_year) + (2000 if len(in_year) == 2 else 0)
    return _date(found, month=int(found["month"]), day=int(found["day"]), in_year=full)


def _date(found: re.Match[str], *, month: int, day: int, in_year: int | None) -> str:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return found[0]
    return f"{_MONTHS[month - 1]} {ordinal(day)}" + (f", {year(in_year)}" if in_year else "")


def _month_day(found: re.Match[str]) -> str:
    name = found["month"].rstrip(".").lower()
    month = _MONTHS.index(_MONTH_SHORT.get(name) or name.capitalize()) + 1
    in_year = int(found["year"]) if found["year"] else None
    return _date(found, month=month, day=int(found["day"]), in_year=in_year)


def _time(found: re.Match[str]) -> str:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    half = (found["half"] or "").lower()[:1]
    if hour > 23 or minute > 59 or (half and not 1 <= hour <= 12):
        return found[0]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return clock_time(hour, minute)


def _money(found: re.Match[str]) -> str:
    unit, part = _CURRENCIES[found["sign"]]
    whole = int(found["whole"].replace(",", ""))
    cents = int((found["cents"] or "0").ljust(2, "0"))
    if found["scale"]:
        scale = {"k": "thousand", "m": "million", "b": "billion"}[found["scale"].lower()[0]]
        point = f" point {digits(found['cents'])}" if found["cents"] else ""
        return f"{cardinal(whole)}{point} {scale} {unit}s"
    parts = [f"{cardinal(whole)} {unit}{'' if whole == 1 else 's'}"] if whole or not cents else []
    if cents:
        many = "pence" if part == "penny" else f"{part}s"
        parts.append(f"{cardinal(cents)} {part if cents == 1 else many}")
    return ("minus " if found["minus"] else "") + " and ".join(parts)


def _phone(found: re.Match[str]) -> str:
    country = f"plus {digits(found['country'])}, " if found["country"] else ""
    return country + ", ".join(digits(found[group]) for group in ("area", "exchange", "line"))


def _document(found: re.Match[str]) -> str:
    return f"{_DOCUMENTS.get(found['kind'].lower(), found['kind'])} {reference(found['number'])}"


def _zip_code(found: re.Match[str]) -> str:
    return f"{found['before']}{digits(found['zip'])}"


def _number(found: re.Match[str]) -> str:
    text = found[0].replace(",", "")
    after = " " if found["letter"] is not None else ""
    if "." in text:
        whole, part = text.split(".")
        return f"{cardinal(int(whole))} point {digits(part)}{after}"
    if len(text) > 12 or (len(text) > 1 and text.startswith("0")):
        return digits(text) + after
    return cardinal(int(text)) + after


def _fraction(found: re.Match[str]) -> str:
    part, of = int(found["part"]), _FRACTIONS[found["of"]]
    said = f"{cardinal(part)} {of if part == 1 else 'halves' if of == 'half' else f'{of}s'}"
    return f"{cardinal(int(found['whole']))} and {said}" if found["whole"] else said


def _street(found: re.Match[str]) -> str:
    """Elm Dr. → Elm Drive; but Dr. Smith and St. John stay, also behind a capitalised word."""
    kind = found["kind"].lower()
    after = found.string[found.end() :].lstrip()
    names_person = after[:1].isupper() and not after.lower().startswith(_PARTS_OF_BUILDING)
    if found["name"][0].islower() or (kind in _TITLES and names_person and "." in found[0]):
        return found[0]
    return f"{found['name']} {_STREETS[kind]}"


def _house_number(found: re.Match[str]) -> str:
    street = re.sub(r"^([NSEW])\b\.?", lambda side: _COMPASS[side[1]], found["street"])
    # "three fifty, fifth Avenue": two numbers in a row need a breath between them.
    return f"{house_number(found['number'])}{',' if street[0].isdigit() else ''} {street}"


def _abbreviation(table: dict[str, str]) -> Callable[[re.Match[str]], str]:
    return lambda found: table[found[1].lower()]


_NUMBER: Final = r"\d{1,3}(?:,\d{3})+(?!\d)|\d+"
_MONTH_PATTERN: Final = "|".join(
    (
        "(?-i:May)",
        *(month for month in _MONTHS if month != "May"),
        *(rf"{short}\b\.?" for short in _MONTH_SHORT),
    )
)
_MONTH_NAME: Final = "|".join(
    sorted({name[1:] for name in _MONTHS} | {name[1:] for name in _MONTH_SHORT}, key=len, reverse=True)
)
_NAMED: Final = r"[A-Z][\w']*|\d+(?:st|nd|rd|th)"
_STREET_NAME: Final = rf"(?:[NSEW]\.?\s+)?(?:{_NAMED})(?:\s+[A-Z][\w']*){{0,2}}"
_STREET_WORDS: Final = "|".join(sorted(set(_STREETS.values())))
_DOT: Final = r"(?:\.(?!\s*(?:$|\n)))?"
"""The dot of an abbreviation; at the end of the text it is the full stop of the sentence too and stays."""
_HALF: Final = r"(?P<half>[ap])\.?\s?m\b(?:\.(?=\s+[a-z0-9]|,))?"
_MEASURED: Final = r"inch|in\b|foot|feet|ft\b|mile|hour|ton|pound|gallon|quart|cup|turn|day|price|of\b|full\b"

_WRITTEN: Final = re.compile(r"\S+\s*")

_RULES: Final[tuple[Rule, ...]] = (
    (re.compile(r"(?:\b(?:job|invoice|estimate|quote|project)\s+(?:number\s+)?)?"
                r"\b(?P<kind>JOB|INV|EST|QUO|PROJ)-(?P<number>\d+)\b", re.I), _document),
    (re.compile(r"\b(?P<kind>job|invoice|estimate|quote|project)(?: number| #|) (?P<number>\d{4})\b", re.I),
     _document),
    (re.compile(r"(?:\+(?P<country>\d{1,2})[\s.-]?)?(?<!\d)\(?(?P<area>\d{3})\)?[\s.-]?(?P<exchange>\d{3})[\s.-]?"
                r"(?P<line>\d{4})\b"), _phone),
    (re.compile(r"(?<![\d-])\b(?P<first>\d{3})-(?P<last>\d{4})\b(?!-)"),
     lambda found: f"{digits(found['first'])}, {digits(found['last'])}"),
    (re.compile(r"\b(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b\.?\s?[-–]\s?"
                r"(?P<last>Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b"),
     lambda found: f"{_WEEKDAYS[found[1].lower()]} to {_WEEKDAYS[found['last'].lower()]}"),
    (re.compile(rf"\b(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b\.?(?=,|\s(?:\d|{_MONTH_PATTERN}))"),
     _abbreviation(_WEEKDAYS)),
    (re.compile(r"(?:\b(?P<whole>\d+)[ -])?\b(?P<part>[1-9]\d?)/(?P<of>2|3|4|8|16)"
                rf"(?=[\"”]|[\s-]*(?:{_MEASURED}))"), _fraction),
    (re.compile(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b"), _iso_date),
    (re.compile(r"\b(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>\d{4}|\d\d))?\b"), _us_date),
    (re.compile(rf"\b(?P<month>{_MONTH_PATTERN})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)"
                r"(?:,?\s+(?P<year>(?:19|20)\d\d)\b)?", re.I), _month_day),
    (re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<month>(?-i:[A-Z])(?:{_MONTH_NAME})\b\.?)"
                r"(?:,?\s+(?P<year>(?:19|20)\d\d)\b)?"), _month_day),
    (re.compile(r"(?P<before>\b[A-Z]{2},?\s+)(?P<zip>\d{5})(?:-\d{4})?\b"), _zip_code),
    (re.compile(r"(?<![\d-])(\d{1,4}(?::\d\d)?)\s?[-–]\s?(?=\d{1,4}(?![\d-]))"), r"\1 to "),
    (re.compile(rf"\b(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::\d\d)?(?:\s*{_HALF})?", re.I), _time),
    (re.compile(rf"\b(?P<hour>\d{{1,2}})(?P<minute>)\s*{_HALF}", re.I), _time),
    (re.compile(rf"(?P<minus>-)?(?P<sign>[$€£])\s?(?P<whole>{_NUMBER})(?:\.(?P<cents>\d{{1,2}}))?(?!\d)"
                r"(?:\s?(?P<scale>k|m|million|thousand|billion|bn)\b)?", re.I), _money),
    (re.compile(rf"\b(?P<name>{_NAMED})\s+(?P<kind>{'|'.join(_STREETS)})\b{_DOT}", re.I), _street),
    (re.compile(r"(?<=[\w.,] )\b(apt|ste)\b\.?(?= ?#?\d)", re.I), _abbreviation(_UNITS)),
    (re.compile(rf"\b(?P<number>\d{{1,5}})\s+(?P<street>{_STREET_NAME}\s+(?:{_STREET_WORDS})\b)"), _house_number),
    (re.compile(r"(\d+)(?:st|nd|rd|th)\b"), lambda found: ordinal(int(found[1]))),
    (re.compile(r"\s[-–—]+\s|—"), ", "),
    (re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)/(?=\d)|(?<=\d)\s?[-–]\s?(?=\d)"), " "),
    (re.compile(rf"(?:{_NUMBER})(?:\.\d+)?(?P<letter>(?=[A-Za-z]))?"), _number),
)  # fmt: skip
_TIDY: Final[tuple[Rule, ...]] = (
    (re.compile(r"[^\S\n]+"), " "),
    (re.compile(r" (?=[,.;:!?])"), ""),
)


def speakable(text: str) -> str:
    """Put everything that is written in figures and symbols into words.

    Safe to apply twice. Line breaks stay: they end sentences.
    """
    text = plain_characters(_apply(BEFORE, text))
    return _apply(_TIDY, only_spoken(_apply(AFTER, _apply(_RULES, text)))).strip()


def _apply(rules: tuple[Rule, ...], text: str) -> str:
    for pattern, replacement in rules:
        text = pattern.sub(replacement, text)
    return text


def spoken_progress(text: str) -> list[tuple[int, float]]:
    """How far a voice has got after each written word.

    "$1,250.50" is one word and takes as long as ten: audio is mapped to text by what is said, not by what is written.

    Returns:
        For each word the index behind it (and its blanks) in ``text``, and the share of the speech that is then over.
    """
    ends = [found.end() for found in _WRITTEN.finditer(text)]
    said = [len(speakable(text[:end])) + (end != len(text)) for end in ends]  # with the blank behind it
    total = max(said, default=0)
    if not total:
        return [(end, number / len(ends)) for number, end in enumerate(ends, 1)]
    return [(end, max(said[:number]) / total) for number, end in enumerate(ends, 1)]
