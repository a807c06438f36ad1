"""Writes ``.env.example`` from the settings, so that it cannot fall behind.

Run as ``python -m config.env_example``. Must never read the environment: the file shows defaults only.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config.delivery import DeliverySettings
from config.explain import allowed_values
from config.settings import Settings, variable_of

_HEADER = """\
# Every setting of Hero365 Voice with its default. Nothing has to be set; copy to .env what you change.
# The environment wins over the file. Made by: python -m config.env_example

"""


def render() -> str:
    """The text of ``.env.example``."""
    parts = [_HEADER]
    # Delivery comes last: nobody has to set it.
    fields = sorted(Settings.model_fields.items(), key=lambda each: each[0] in DeliverySettings.model_fields)
    for field, info in fields:
        parts.append(f"# {info.description}\n# Allowed: {allowed_values(info)}.\n")
        parts.append(f"{variable_of(field)}={_shown(info.default)}\n\n")
    return "".join(parts).rstrip("\n") + "\n"


def _shown(default: Any) -> str:
    if default is None:
        return ""
    if isinstance(default, tuple):
        return ",".join(default)
    return f"{default:g}" if isinstance(default, float) else str(default)


if __name__ == "__main__":
    (Path(__file__).parent.parent / ".env.example").write_text(render(), encoding="utf-8")
