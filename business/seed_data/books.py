"""The offers and bills of the demonstration business as plain tables, with ages in days.

Names, streets and numbers are invented; telephone numbers are from the range reserved for fiction (555-01xx).
"""

from __future__ import annotations

from typing import NamedTuple


class Offer(NamedTuple):
    """An estimate: key, client, title, price lines, status, age in days, deposit collected, quote or estimate."""

    key: str
    contact: str
    title: str
    lines: tuple[tuple[str, str, str], ...]
    status: str
    age: int
    deposit: str = ""
    is_quote: bool = False


class Bill(NamedTuple):
    """An invoice: client, title, price lines, issued days ago, net days, what became of it, paid share in per cent."""

    contact: str
    title: str
    lines: tuple[tuple[str, str, str], ...]
    age: int
    net_days: int
    status: str
    paid: int = 0
    late_fee: str = "0"


OFFERS = (
    Offer(
        "kitchen",
        "whitfield",
        "Kitchen remodel plumbing",
        (("Plumbing labor", "40", "115"), ("Fixtures and material", "1", "3900")),
        "approved",
        6,
        "1500",
    ),
    Offer(
        "repipe",
        "fischer",
        "Whole-house repipe",
        (("PEX repipe, two bathrooms", "1", "7850"), ("Drywall patching", "6", "95")),
        "sent",
        4,
    ),
    Offer(
        "radiant",
        "reyes",
        "Radiant floor heating",
        (("Radiant floor system", "1", "11200"), ("Installation labor", "24", "110")),
        "viewed",
        9,
        "",
        True,
    ),
    Offer(
        "split",
        "smith_l",
        "Ductless mini split",
        (("Two-zone mini split", "1", "4650"), ("Installation", "8", "125")),
        "sent",
        11,
    ),
    Offer(
        "softener",
        "tanaka",
        "Water softener",
        (("Water softener", "1", "1480"), ("Installation", "3", "110")),
        "draft",
        1,
    ),
    Offer("basement", "bennett", "Basement bathroom", (("Rough-in and fixtures", "1", "6900"),), "draft", 2),
    Offer(
        "furnace",
        "stein",
        "Furnace replacement",
        (("High-efficiency furnace", "1", "5200"), ("Labor", "10", "110")),
        "rejected",
        30,
    ),
    Offer(
        "pump",
        "andersen",
        "Heat pump conversion",
        (("Heat pump", "1", "8700"), ("Labor", "16", "115")),
        "expired",
        52,
    ),
    Offer(
        "tankless",
        "patel",
        "Tankless water heater",
        (("Tankless water heater", "1", "2350"), ("Installation", "6", "120")),
        "converted",
        21,
        "800",
    ),
    Offer(
        "boiler",
        "lofts",
        "Boiler replacement",
        (("Commercial boiler", "1", "19800"), ("Installation", "60", "125")),
        "approved",
        18,
        "",
        True,
    ),
)

BILLS = (
    Bill(
        "smith_r",
        "Emergency leak repair",
        (("Leak repair", "3", "145"), ("Copper fittings", "1", "68.40")),
        52,
        30,
        "viewed",
    ),
    Bill(
        "johnson_t",
        "Air conditioner repair",
        (("Compressor capacitor", "1", "189.95"), ("Labor", "2", "135")),
        47,
        30,
        "sent",
        0,
        "5",
    ),
    Bill(
        "school",
        "HVAC upgrade, second stage",
        (("Rooftop unit", "1", "8600"), ("Labor", "32", "115")),
        65,
        30,
        "partially_paid",
        40,
    ),
    Bill("kowalski", "Water heater flush", (("Water heater flush", "1", "165"),), 11, 30, "paid", 100),
    Bill(
        "washington",
        "Shower valve repair",
        (("Shower valve", "1", "212"), ("Labor", "2", "125")),
        7,
        30,
        "sent",
    ),
    Bill(
        "hernandez",
        "Burst pipe repair",
        (("Emergency call-out", "1", "250"), ("Labor", "3", "165"), ("Material", "1", "96.25")),
        5,
        15,
        "sent",
    ),
    Bill(
        "lofts",
        "Main line camera inspection",
        (("Camera inspection", "1", "385"), ("Report", "1", "90")),
        6,
        30,
        "viewed",
    ),
    Bill("bakery", "Drain cleaning", (("Drain cleaning", "3", "140"),), 3, 15, "sent"),
    Bill("brooks", "Toilet leak repair", (("Toilet repair", "1", "228.50"),), 10, 30, "paid", 100),
    Bill(
        "okafor",
        "Garbage disposal replacement",
        (("Disposal", "1", "219"), ("Labor", "1.5", "125")),
        9,
        30,
        "partially_paid",
        50,
    ),
    Bill("cohen", "Boiler service", (("Boiler service", "1", "310"),), 6, 30, "paid", 100),
    Bill(
        "miller_g",
        "Garage gas line",
        (("Gas line installation", "1", "1240"), ("Permit", "1", "85")),
        38,
        30,
        "sent",
        0,
        "4",
    ),
    Bill(
        "russo",
        "Kitchen faucet replacement",
        (("Faucet", "1", "264"), ("Labor", "1.5", "125")),
        11,
        30,
        "paid",
        100,
    ),
    Bill("delgado", "Furnace parts on order", (("Blower motor", "1", "418"),), 1, 30, "draft"),
)
