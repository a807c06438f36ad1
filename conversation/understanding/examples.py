"""The examples the ranker learns from: templates in examples/*.txt, written out with invented names, dates and amounts.

Deterministic: the same files give the same sentences in the same order. Only training and tests read this; a running
server reads nothing but the trained artefact.
"""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_FILLERS_FILE: Final = Path(__file__).with_name("fillers.txt")
EXAMPLES_DIR: Final = Path(__file__).with_name("examples")
OUT_OF_SCOPE: Final = "none"
PER_TEMPLATE: Final = 5

_CHOICE: Final = re.compile(r"\(([^()]*)\)")
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence. ``tool`` is None when it is none of the business; ``group`` names the template it came from."""

    tool: str | None
    text: str
    group: str


def _fillers() -> dict[str, list[str]]:
    lines = _FILLERS_FILE.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" = ", 1) for line in lines if " = " in line and not line.startswith("#"))
    return {name: choices.split("|") for name, choices in pairs}


FILLERS: Final = _fillers()
MISHEARD: Final = dict(pair.split(">", 1) for pair in FILLERS["MISHEARD"])


def example_files() -> list[Path]:
    """The template files, one a tool, in the order of their names."""
    return sorted(EXAMPLES_DIR.glob("*.txt"))


def examples_hash() -> str:
    """SHA-256 over everything the training data come from: templates, fillers, names and this expansion."""
    here = Path(__file__)
    sources = [
        *example_files(),
        here,
        here.with_name("fillers.txt"),
        here.with_name("text.py"),
        here.with_name("features.py"),
        here.with_name("names.txt"),
    ]
    digest = hashlib.sha256()
    for path in sources:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def load_examples(per_template: int = PER_TEMPLATE) -> list[Example]:
    """Every template written out at most ``per_template`` times, without repetitions within a tool."""
    examples: list[Example] = []
    for path in example_files():
        tool = None if path.stem == OUT_OF_SCOPE else path.stem
        seen: set[str] = set()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            template = line.strip()
            if not template or template.startswith("#"):
                continue
            group = f"{path.stem}:{number}"
            for text in _expand(template, per_template, random.Random(group)):  # noqa: S311  (no secret)
                if text not in seen:
                    seen.add(text)
                    examples.append(Example(tool, text, group))
    return examples


def _expand(template: str, count: int, rng: random.Random) -> list[str]:
    fixed = "(" not in template and "{" not in template
    texts: list[str] = []
    for index in range(2 if fixed else count):
        text = _fill(template, rng)
        # The first of each template stays as written; the others get what speech and recognisers add.
        texts.append(text if index == 0 else _roughen(text, rng))
    return texts


def _fill(template: str, rng: random.Random) -> str:
    text = template
    while match := _CHOICE.search(text):
        text = text[: match.start()] + rng.choice(match.group(1).split("|")) + text[match.end() :]
    # A filler may hold placeholders itself ("the {name} job"), hence the loop.
    while match := _PLACEHOLDER.search(text):
        text = text[: match.start()] + rng.choice(FILLERS[match.group(1)]) + text[match.end() :]
    return re.sub(r"\s+", " ", text).replace(" ,", ",").strip()


def _roughen(text: str, rng: random.Random) -> str:
    words = text.split()
    if rng.random() < 0.12:
        words = [MISHEARD.get(word, word) for word in words]
    if rng.random() < 0.22:
        words = [*rng.choice(FILLERS["OPENERS"]).split(), *words]
    if rng.random() < 0.12:
        words = [*words, *rng.choice(FILLERS["CLOSERS"]).split()]
    rough = " ".join(words)
    if rng.random() < 0.5:
        return rough.replace(",", "")
    return rough[:1].upper() + rough[1:] + ("?" if words[0] in {"what", "who", "how", "is", "any"} else ".")
