"""How names sound: a sound key for any spelling, known respellings of names and their short forms.

Pure functions. The key keeps what a recogniser rarely gets wrong (the order of consonant classes and syllables) and
drops what it often does (voicing, vowel colour, doubled and silent letters). It is for comparison only, never shown.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Names whose spelling hides their sound, with what recognisers write for them.
RESPELLINGS: dict[str, tuple[str, ...]] = {
    "nguyen": ("win", "wen", "newyen", "nuen", "gwen", "winn"), "ng": ("ing", "eng"), "huynh": ("win", "hwin"),
    "xiong": ("shong",), "zhang": ("jang", "chang"), "zhou": ("joe", "jo"), "zhao": ("jow",), "xu": ("shoe", "shu"),
    "xie": ("shea", "shay"), "qian": ("chen", "chian"), "cao": ("tsao", "sow"), "tsai": ("sigh",), "hsu": ("shoe",),
    "joaquin": ("wakeen", "walking"), "jorge": ("horhay", "hohrhey"), "jose": ("hosay", "hozay"),
    "juan": ("wan", "one"), "javier": ("havier", "haviair"), "jimenez": ("himenez",), "juarez": ("warez",),
    "guillermo": ("giermo", "geyermo"), "jesus": ("haysoos",), "trujillo": ("truhio",), "castillo": ("castio",),
    "villa": ("via",), "murillo": ("murio",), "llanes": ("yanes",), "geoff": ("jeff",), "siobhan": ("shivon",),
    "sean": ("shawn",), "schmidt": ("shmit", "smit"), "wojcik": ("voychik",), "kowalczyk": ("kovalchik",),
    "mcleod": ("mccloud",), "menzies": ("mingis",), "beauchamp": ("beecham", "boshamp"), "leveque": ("levek",),
    "thibodeaux": ("tibado", "thibodo"), "boudreaux": ("boodro",), "hebert": ("abair", "ayber"), "roux": ("rue",),
    "leroux": ("lerue",), "dubois": ("duboys", "dubwa"), "jacques": ("jock", "zhak"), "michaud": ("misho",),
    "renault": ("reno",), "pfeiffer": ("fifer",), "pham": ("fam",), "phan": ("fan",), "quach": ("kwok",),
    "singh": ("sing",), "knight": ("night",), "wright": ("right", "write"), "leigh": ("lee",), "yvonne": ("evon",),
    "yves": ("eve",), "isaac": ("izak",), "joaquim": ("wakeem",), "niamh": ("neev",), "saoirse": ("sersha",),
    "vaughn": ("von", "vawn"), "vaughan": ("von",), "hugh": ("hew", "hue"), "cologne": ("colon",), "tran": ("chan",),
    "ryan": ("rian", "rhine"), "coen": ("cohen", "cone"), "cohen": ("coen", "cone"), "stephen": ("steven",),
    "wagner": ("vagner", "wagoner"), "weiss": ("vice", "wise"), "krueger": ("kruger", "crewger"),
}  # fmt: skip

# Short form → the names it stands for.
NICKNAMES: dict[str, tuple[str, ...]] = {
    "bob": ("robert",), "bobby": ("robert",), "rob": ("robert",), "robbie": ("robert",), "bill": ("william",),
    "billy": ("william",), "will": ("william",), "liam": ("william",), "liz": ("elizabeth",),
    "beth": ("elizabeth", "bethany"), "betty": ("elizabeth",), "lisa": ("elizabeth",), "mike": ("michael",),
    "mick": ("michael",), "mickey": ("michael",), "jim": ("james",), "jimmy": ("james",), "jamie": ("james",),
    "tom": ("thomas",), "tommy": ("thomas",), "dick": ("richard",), "rick": ("richard",), "rich": ("richard",),
    "ricky": ("richard",), "kate": ("katherine", "catherine", "kathleen"), "kathy": ("katherine", "kathleen"),
    "cathy": ("catherine",), "katie": ("katherine", "catherine"), "dave": ("david",),
    "steve": ("stephen", "steven"), "joe": ("joseph",), "joey": ("joseph",), "jenny": ("jennifer",),
    "jen": ("jennifer",), "sue": ("susan",), "peggy": ("margaret",), "maggie": ("margaret",),
    "meg": ("margaret",), "ed": ("edward", "edwin"), "eddie": ("edward",), "ted": ("edward", "theodore"),
    "tony": ("anthony", "antonio"), "chuck": ("charles",), "charlie": ("charles",), "hank": ("henry",),
    "harry": ("harold", "henry"), "jack": ("john",), "johnny": ("john",), "larry": ("lawrence",),
    "matt": ("matthew",), "nick": ("nicholas",), "pat": ("patrick", "patricia"), "patty": ("patricia",),
    "trish": ("patricia",), "ron": ("ronald",), "don": ("donald",), "sam": ("samuel", "samantha"),
    "tim": ("timothy",), "vicky": ("victoria",), "andy": ("andrew",), "drew": ("andrew",),
    "alex": ("alexander", "alexandra"), "ben": ("benjamin",), "dan": ("daniel",), "danny": ("daniel",),
    "greg": ("gregory",), "jeff": ("jeffrey", "geoffrey"), "jerry": ("gerald", "jerome"), "ken": ("kenneth",),
    "phil": ("philip", "phillip"), "ray": ("raymond",), "deb": ("deborah",), "debbie": ("deborah",),
    "becky": ("rebecca",), "mandy": ("amanda",), "abby": ("abigail",), "pepe": ("jose",),
    "paco": ("francisco",), "lupe": ("guadalupe",), "nacho": ("ignacio",), "chuy": ("jesus",),
}  # fmt: skip

# Order matters: clusters before single letters. Capitals stand for sounds that are done.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(?:kn|gn|pn)", "N"), (r"^wr", "R"), (r"^rh", "R"), (r"^ps", "S"), (r"^x", "S"), (r"^wh", "W"),
        (r"^ma?c(?=[^eiyhaou])", "Mak"), (r"^pf", "F"), (r"^cz", "C"), (r"^ts", "S"), (r"^zh", "J"),
        (r"sch(?=[mnlrw])", "X"), (r"sch|sh|ti(?=on)|ci(?=a)|si(?=on)", "X"), (r"chr", "KR"), (r"tch|ch|cz", "X"),
        (r"ph", "F"), (r"(?<=[aeiou])gh(?=t|e|s|$)", ""), (r"gh", "K"), (r"dg(?=[eiy])", "J"), (r"ck|cq|q", "K"),
        (r"th", "T"), (r"c(?=[eiy])", "S"), (r"c", "K"), (r"x", "KS"), (r"mb$", "M"), (r"mn$", "M"),
        (r"(?<=[aeiou])w(?![aeiou])", ""), (r"(?<=[aeiou])h(?![aeiou])", ""), (r"(?<=[^aeiou])h", ""),
        (r"(?<=[a-zA-Z])e$", ""), (r"es$", "eS"), (r"ed$", "eT"), (r"g(?=[eiy])", "J"), (r"j", "J"),
        (r"[aeiouy]+", "a"),
        (r"[td]", "T"), (r"[bp]", "P"), (r"[fv]", "F"), (r"[gk]", "K"), (r"[sz]", "S"), (r"X", "C"),
    )
)  # fmt: skip


def fold(text: str) -> str:
    """Lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("ß", "ss"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@lru_cache(maxsize=65_536)
def sound_key(word: str) -> str:
    """The sound of one folded word: "patel" and "padel" → "PaTaL", "johnson" and "jonson" → "JaNSaN"."""
    key = word
    for pattern, sound in _RULES:
        key = pattern.sub(sound, key)
    key = "".join(c if c == "a" else c.upper() for c in key if c.isalpha())
    return re.sub(r"(.)\1+", r"\1", key)
