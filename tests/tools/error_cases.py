"""What a cell of the table of tools and errors can hold: a call that is refused, or why there is none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

from business.actor import Actor
from business.entities.estimates import EstimateStatus
from business.entities.jobs import JobStatus
from business.entities.projects import ProjectStatus
from business.money import LineItem
from business.sql.unit_of_work import SqlUnitOfWork
from business.use_cases.estimates import Estimates, NewEstimate
from business.use_cases.invoices import Invoices, NewInvoice
from business.use_cases.jobs import Jobs
from business.use_cases.projects import NewProject, Projects
from tests.tools.world import BUSINESS, OWNER, SAMPLES, World
from tools.envelope import ToolErrorType as E
from tools.spec import Asks, Effect, ToolSpec

NOBODY = "nobody"
REFERENCES = frozenset({"contact", "job", "project", "invoice", "estimate", "location"})


@dataclass(frozen=True)
class Case:
    """A call that must be refused.

    Attributes:
        arguments: What the model wrote; by default the tool's sample.
        prepare: Changes the planted business first.
        user: Who calls.
        is_driving: Whether they drive.
        epoch: Fencing epoch of the call.
        seen_epoch: A newer epoch of the session that was seen before, or None.
        is_away: Whether the database cannot be reached.
        field: Argument that the error names; None when it names none.
        allowed: What the error says could be done instead.
        candidates: What the error offers, in any order.
    """

    arguments: dict[str, object] | None = None
    prepare: Callable[[World], Awaitable[None]] | None = None
    user: str = OWNER
    is_driving: bool = False
    seen_epoch: int | None = None
    is_away: bool = False
    field: str | None = None
    allowed: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Never:
    """Why an error cannot come about; ``holds`` checks it against the contract."""

    why: str
    holds: Callable[[ToolSpec], bool]


READ = Never("it changes nothing", lambda spec: spec.effect is Effect.READ)
NO_REFERENCE = Never(
    "it refers to nothing in the books", lambda spec: not REFERENCES & set(spec.arguments.model_fields)
)
NEVER_ASKS = Never("it never asks", lambda spec: spec.asks is Asks.NEVER)
ONLY_ADDS = Never(
    "it only adds something, and a thing that is new has no status to come from",
    lambda spec: (
        spec.effect is Effect.WRITE and not {"new_status", "status"} & set(spec.arguments.model_fields)
    ),
)

STRANGER = Case(user=NOBODY)
AWAY = Case(is_away=True)
STALE = Case(seen_epoch=7)
FLAVOUR = Case({"flavour": "lemon"}, field="flavour")
MILLERS = ("Tom Miller", "Ann Miller")
SAMS = ("Sam Reed in Austin", "Sam Reed in Waco")


def but(name: str, **changes: object) -> dict[str, object]:
    return SAMPLES[name] | changes


def _changing(
    change: Callable[[SqlUnitOfWork, World], Awaitable[object]],
) -> Callable[[World], Awaitable[None]]:
    async def prepare(world: World) -> None:
        async with world.database.tenant(Actor(BUSINESS, OWNER)) as uow:
            await change(uow, world)

    return prepare


def billed(contact: str, *, send: bool = True) -> Callable[[World], Awaitable[None]]:
    async def change(uow: SqlUnitOfWork, world: World) -> None:
        new = NewInvoice(world.ids[contact], (LineItem("Tiles", unit_price=Decimal(75)),))
        await Invoices(uow).create(new, send=send)

    return _changing(change)


def offered(contact: str, *statuses: EstimateStatus) -> Callable[[World], Awaitable[None]]:
    async def change(uow: SqlUnitOfWork, world: World) -> None:
        new = NewEstimate(world.ids[contact], "Tiles", (LineItem("Tiles", unit_price=Decimal(75)),))
        made = await Estimates(uow).create(new)
        for status in statuses:
            await Estimates(uow).update_status(made.estimate.id, status)

    return _changing(change)


async def reminded(world: World) -> None:
    assert (await world.agreed("send_invoice_reminder", invoice="Okafor")).ok


second_project = _changing(
    lambda uow, world: Projects(uow).create(NewProject("Okafor kitchen remodel", world.ids["ines"]))
)
drain_done = _changing(lambda uow, world: Jobs(uow).update_status(world.ids["drain"], JobStatus.COMPLETED))
bath_done = _changing(
    lambda uow, world: Projects(uow).change_status(world.ids["bath"], ProjectStatus.COMPLETED)
)

NO_CONTACT = {"contact": "Bartholomew Zimmermann"}
MILLER = {"contact": "Miller"}
MILLER_JOBS = (
    "the boiler service for Tom Miller on Friday at 2 PM",
    "the sink installation for Ann Miller on Monday at 8 AM",
)
OKAFOR_INVOICES = (
    "invoice 1 for Ines Okafor over 1,200 dollars",
    "invoice 4 for Ines Okafor over 75 dollars",
)
NO_READ = {E.INVALID_TRANSITION: READ, E.CONFLICT: READ, E.NEEDS_CONFIRMATION: READ, E.UNAVAILABLE: AWAY}
NO_ITEM = {E.NOT_FOUND: NO_REFERENCE, E.AMBIGUOUS: NO_REFERENCE}
Cells = dict[E, "Never | Case | tuple[Case, ...]"]
