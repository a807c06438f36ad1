"""States and provinces by abbreviation: people write "CO" and say "Colorado", geocoders know the full name only."""

from __future__ import annotations

from typing import Final

_UNITED_STATES: Final = (
    "AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware|"
    "DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|"
    "KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|"
    "MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|"
    "NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island|"
    "SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|"
    "WV West Virginia|WI Wisconsin|WY Wyoming"
)
_CANADA: Final = (
    "AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador|NS Nova Scotia|"
    "NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|SK Saskatchewan|YT Yukon"
)


def _table(entries: str) -> dict[str, str]:
    return dict(entry.split(" ", 1) for entry in entries.split("|"))


_BY_COUNTRY: Final = {"US": _table(_UNITED_STATES), "CA": _table(_CANADA)}
_ABBREVIATIONS: Final = {code: name for table in _BY_COUNTRY.values() for code, name in table.items()}
_NAMES: Final = {name.casefold(): name for name in _ABBREVIATIONS.values()}
_COUNTRIES: Final = {name: country for country, table in _BY_COUNTRY.items() for name in table.values()}


def region_named(text: str) -> str:
    """The state or province of a full name or an abbreviation, by its full name; empty for anything else."""
    plain = " ".join(text.replace(".", "").split())
    return _NAMES.get(plain.casefold()) or _ABBREVIATIONS.get(plain.upper(), "")


def is_full_name(text: str) -> bool:
    """Whether the text is a state or province written out."""
    return " ".join(text.split()).casefold() in _NAMES


def country_of(region: str) -> str:
    """The country of a state or province by its full name; empty for an unknown one."""
    return _COUNTRIES.get(region, "")
