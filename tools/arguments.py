"""Argument types that several tools share, with the descriptions a model reads.

References and dates stay as said: they are understood in the handler, where the business and its clock are known.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

ContactRef = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="The contact as the user said it: a full or partial name, a company, or 'her', 'him', 'them'.",
    ),
]
JobRef = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="The job as the user said it: 'job 1042', 'the Miller job', 'it', 'the second one'.",
    ),
]
ProjectRef = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="The project as the user said it: its name or part of it, the client's name, its number, or 'it'.",
    ),
]
InvoiceRef = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="The invoice as the user said it: 'invoice 31', the client's name, 'it', 'the second one'.",
    ),
]
EstimateRef = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="The estimate or quote as the user said it: its number, the client's name, 'it'.",
    ),
]
SpokenDate = Annotated[
    str,
    Field(
        max_length=100,
        description="Date or time in the user's words ('tomorrow at nine', 'Friday', 'in 30 days') or as ISO 8601.",
    ),
]
Amount = Annotated[
    Decimal | str,
    Field(description="Amount of money as a number (1500) or as said ('fifteen hundred dollars')."),
]
Notes = Annotated[str, Field(max_length=2000, description="Notes in the user's words.")]
