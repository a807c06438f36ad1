"""Names of people, and those names as a recogniser might write them: the generated set behind ``name_accuracy``.

Deterministic for a seed. The damage is of five kinds: a sound-alike spelling, a wrong vowel, a consonant taken for its
neighbour ("b" for "p"), a dropped letter, a doubled one; never at the first letter of a word, once a word.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

_FIRST = (
    "Aaron Abigail Adrian Aisha Albert Alejandro Alicia Amanda Amir Amy Andrea Andrew Angela Anita Anthony Antonio "
    "Arthur Barbara Beatrice Benjamin Bernard Brandon Brenda Brian Bridget Carlos Carmen Caroline Catherine Cecilia "
    "Charles Charlotte Cheryl Christina Christopher Claire Clarence Colin Connor Cynthia Daniel David Deborah Dennis "
    "Derek Diana Dominic Donald Dorothy Douglas Edgar Edward Eleanor Elena Elijah Elizabeth Emily Emma Eric Esther "
    "Ethan Eugene Evelyn Farid Fatima Felicia Fernando Fiona Frances Francisco Frank Gabriel George Gerald Gloria "
    "Gordon Grace Gregory Guillermo Hannah Harold Harriet Heather Helen Henry Hiroshi Holly Howard Ian Ingrid Irene "
    "Isaac Isabel Jacob Jasmine Javier Jeffrey Jennifer Jeremy Jessica Joanna Joel Jonathan Jorge Joseph Joshua Joyce "
    "Julia Justin Karen Katherine Keith Kenneth Kevin Kimberly Kyle Larry Laura Lawrence Leonard Leticia Lillian"
)
_LAST = (
    "Abbott Acosta Adams Aguilar Alvarez Andersen Archer Armstrong Atkinson Bailey Baldwin Banerjee Barnett Barrett "
    "Bauer Becker Bennett Bhatt Blackwell Boone Bowman Bradford Brennan Briggs Buchanan Burgess Byrne Caldwell "
    "Callahan Cameron Campbell Cantrell Cardenas Carlson Carpenter Castillo Chandler Chapman Cho Christensen Clayton "
    "Coleman Connolly Contreras Copeland Cordova Crawford Cummings Curtis Dalton Davenport Dawson Delgado Dempsey "
    "Diaz Dickerson Donovan Dougherty Douglas Drake Dunlap Eaton Edwards Ellison Erickson Espinoza Farrell Ferguson "
    "Fischer Fitzpatrick Fleming Flores Forsyth Foster Franklin Fuentes Gallagher Garrison Gibson Gilbert Goldberg "
    "Gonzalez Goodwin Graham Griffith Gupta Guthrie Gutierrez Hancock Hansen Harding Harrington Hastings Hayashi "
    "Henderson Hendricks Hernandez Higgins Hoffman Holbrook Holloway Huang Hughes Humphrey Ibrahim Ingram Iyer "
    "Jankowski Jefferson Jenkins Jimenez Johansson Johnston Kaplan Kaufman Keller Kendrick Khan Kimura Kowalski "
    "Kramer Kruger Lambert Larson Lawson Levine Lindholm Livingston Lockhart Lombardi Lopez Lowe Lyons MacDonald "
    "Maldonado Malone Marquez Marshall Matthews Maxwell McAllister McBride McCarthy McGuire McKenzie Mendoza Meyers "
    "Middleton Mitchell Montoya Morales Morrison Mueller Murphy Nakamura Navarro Nguyen Nichols Norris Novak O'Brien "
    "O'Connor O'Donnell Ochoa Okafor Oliveira Olsen Ortega Osborne Owens Pacheco Palmer Parker Patel Patterson "
    "Pearson Pennington Petersen Phillips Pierce Popescu Porter Preston Quinn Ramirez Randall Rasmussen Reynolds "
    "Richardson Riley Rivera Roberts Robinson Rodriguez Rosenberg Rothman Russell Salazar Sanchez Sanders Santiago "
    "Saunders Schaefer Schmidt Schneider Schwartz Serrano Shapiro Sheppard Sherman Silva Simmons Singh Skinner "
    "Sorensen Spencer Stafford Stein Stephens Stevenson Sullivan Sutherland Takahashi Tanaka Thompson Thornton Torres "
    "Townsend Trujillo Tucker Underwood Vargas Vaughn Velasquez Villanueva Wagner Walker Wallace Walsh Washington "
    "Watkins Weaver Weinstein Whitaker Wilkinson Williamson Winters Woodward Wright Yamamoto Yates Young Zamora "
    "Zhang Ziegler Zimmerman"
)
_ALIKE = (
    "ph>f ck>k tt>t nn>n ll>l rr>r ss>s y>i th>t ch>k c>k z>s s>z mc>mac gh>g dt>t ie>ee ei>ai ea>ee ou>ow ks>x "
    "ff>f gu>g qu>kw sch>sh wr>r kn>n"
)
_VOWELS = "aeiou"
_NEIGHBOURS = dict(zip("bpdtgkvfzsmnlr", "pbtdkgfvsznmrl", strict=True))


@dataclass(frozen=True, slots=True)
class Misheard:
    """Who was meant (first and last name), and what was written."""

    meant: str
    written: str


def people(count: int, *, seed: int = 365) -> list[tuple[str, str]]:
    """``count`` different (first, last) names. Raises ValueError beyond what the lists give."""
    pairs = [(first, last) for first in _FIRST.split() for last in _LAST.split()]
    return random.Random(seed).sample(pairs, count)  # noqa: S311  (reproducible, not secret)


def misheard(names: list[tuple[str, str]], count: int, *, seed: int = 2030) -> list[Misheard]:
    """``count`` of the names with their last name (half), their first name (a quarter) or both damaged."""
    rng = random.Random(seed)  # noqa: S311  (reproducible, not secret)
    heard: list[Misheard] = []
    for first, last in rng.sample(names, count):
        kind = rng.randrange(4)
        written_first = damaged(first, rng) if kind >= 2 else first
        written_last = last if kind == 2 else damaged(last, rng)
        heard.append(Misheard(f"{first} {last}", f"{written_first} {written_last}"))
    return heard


def damaged(name: str, rng: random.Random) -> str:
    """One word, in lower case, with one kind of damage."""
    word = name.lower().replace("'", "")
    kind = rng.randrange(5)
    if kind == 4:
        places = [at for at, letter in enumerate(word) if letter in _NEIGHBOURS and at]
        if places:
            at = rng.choice(places)
            return word[:at] + _NEIGHBOURS[word[at]] + word[at + 1 :]
        kind = 1
    if kind == 0:
        rules = [rule.split(">") for rule in _ALIKE.split()]
        fitting = [(old, new) for old, new in rules if old in word[1:] or (old in word and len(old) > 1)]
        if fitting:
            old, new = rng.choice(fitting)
            return word.replace(old, new, 1)
        kind = 1
    if kind == 1:
        places = [at for at, letter in enumerate(word) if letter in _VOWELS and at]
        if places:
            at = rng.choice(places)
            return word[:at] + rng.choice(_VOWELS.replace(word[at], "")) + word[at + 1 :]
    at = rng.randrange(1, len(word))
    return word[:at] + word[at + 1 :] if kind == 2 else word[:at] + word[at] + word[at:]
