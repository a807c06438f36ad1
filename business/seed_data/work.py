"""The work of the demonstration business as plain tables, with days relative to today.

Names, streets and numbers are invented; telephone numbers are from the range reserved for fiction (555-01xx).
"""

from __future__ import annotations

from typing import NamedTuple


class Work(NamedTuple):
    """A job: working day relative to today, local start, minutes, title, type, whose, who does it.

    ``outcome`` overrides what follows from the clock: paid, invoiced, on_hold, cancelled, late (never started).
    """

    day: int
    start: str
    minutes: int
    title: str
    type: str
    contact: str
    who: str
    outcome: str = ""
    priority: str = "medium"
    project: str = ""


class Undated(NamedTuple):
    """A job without a date: title, type, whose, status."""

    title: str
    type: str
    contact: str
    status: str


class Venture(NamedTuple):
    """A project: key, name, client, type, status, start and end in days from today, budget, cost, progress."""

    key: str
    name: str
    contact: str
    type: str
    status: str
    start: int
    end: int
    budget: str
    cost: str
    progress: int


WORK = (
    Work(-8, "08:00", 120, "Water heater flush", "maintenance", "kowalski", "tyler", "paid"),
    Work(-8, "10:30", 90, "Kitchen faucet replacement", "repair", "russo", "marisol", "paid"),
    Work(-8, "13:30", 180, "Furnace tune-up", "maintenance", "school", "tyler", "paid"),
    Work(-7, "08:30", 120, "Toilet leak repair", "repair", "brooks", "marisol", "paid"),
    Work(-7, "13:00", 120, "Sump pump inspection", "inspection", "walsh", "tyler", "paid"),
    Work(
        -6, "08:00", 240, "Tankless water heater installation", "installation", "patel", "tyler", "invoiced"
    ),
    Work(-6, "13:30", 90, "Garbage disposal replacement", "repair", "okafor", "marisol", "paid"),
    Work(-5, "09:00", 120, "Main line camera inspection", "inspection", "lofts", "tyler", "invoiced"),
    Work(-5, "11:30", 120, "Shower valve repair", "repair", "washington", "marisol", "invoiced"),
    Work(-5, "15:00", 60, "Bathroom remodel consultation", "consultation", "smith_l", "dana"),
    Work(-4, "08:00", 120, "Boiler service", "maintenance", "cohen", "tyler", "paid"),
    Work(-4, "10:30", 120, "Burst pipe repair", "emergency", "hernandez", "marisol", "invoiced", "emergency"),
    Work(-4, "14:00", 90, "Thermostat replacement", "installation", "miller_k", "tyler"),
    Work(-3, "08:30", 180, "Kitchen drain cleaning", "service", "bakery", "marisol", "invoiced"),
    Work(-3, "13:00", 120, "Air conditioner winter cover", "service", "johnson_t", "tyler"),
    Work(-2, "08:00", 240, "Rough-in plumbing", "project", "lee", "tyler", "", "high", "lee_bath"),
    Work(-2, "09:00", 90, "Backflow test", "inspection", "school", "marisol"),
    Work(-2, "13:30", 120, "Leaking radiator repair", "repair", "whitfield", "marisol", "on_hold"),
    Work(-1, "08:30", 120, "Water softener service", "maintenance", "obrien", "tyler"),
    Work(-1, "11:00", 120, "Gas line pressure test", "inspection", "miller_g", "marisol"),
    Work(-1, "14:30", 90, "Dishwasher hookup", "installation", "nguyen", "tyler", "late"),
    Work(-1, "16:00", 60, "Garage heater quote", "quote", "reyes", "dana", "cancelled"),
    Work(0, "08:00", 90, "Furnace repair", "repair", "delgado", "tyler", "", "high"),
    Work(0, "10:00", 120, "Bathroom sink installation", "installation", "johnson_s", "marisol"),
    Work(0, "13:00", 120, "Water heater replacement", "installation", "smith_r", "tyler", "", "high"),
    Work(0, "15:30", 90, "Clogged drain service", "service", "brooks", "marisol"),
    Work(0, "16:30", 60, "Kitchen remodel walk-through", "consultation", "whitfield", "dana"),
    Work(1, "08:00", 120, "Heat pump maintenance", "maintenance", "patel", "tyler"),
    Work(1, "10:30", 120, "Toilet replacement", "installation", "nguyen", "marisol"),
    Work(1, "13:30", 180, "Set shower pan", "project", "lee", "tyler", "", "high", "lee_bath"),
    Work(1, "15:00", 120, "Drain cleaning", "service", "davis", "marisol"),
    Work(2, "08:00", 60, "Water softener check", "inspection", "brown", "marisol"),
    Work(2, "08:30", 120, "Annual furnace inspection", "inspection", "washington", "tyler"),
    Work(2, "11:00", 90, "Outdoor spigot repair", "repair", "miller_k", "marisol"),
    Work(2, "14:00", 240, "Boiler room repiping", "project", "lofts", "tyler", "", "high", "lofts_boiler"),
    Work(3, "09:00", 120, "Duct cleaning", "maintenance", "okafor", "marisol"),
    Work(3, "13:00", 120, "Water pressure check", "inspection", "smith_r", "tyler"),
    Work(4, "08:00", 180, "Sewer line repair", "repair", "hernandez", "tyler", "", "urgent"),
    Work(4, "13:00", 90, "Smart thermostat installation", "installation", "johnson_t", "marisol"),
    Work(4, "16:30", 60, "New build consultation", "consultation", "tanaka", "dana"),
    Work(5, "08:30", 120, "Grease trap service", "maintenance", "bakery", "marisol"),
    Work(5, "11:00", 90, "Faucet replacement", "repair", "garcia_r", "marisol"),
    Work(5, "13:00", 240, "Tile and fixtures", "project", "lee", "tyler", "", "medium", "lee_bath"),
    Work(6, "09:00", 120, "Humidifier installation", "installation", "cohen", "tyler"),
    Work(6, "13:30", 90, "Leak detection", "service", "russo", "marisol"),
    Work(7, "08:00", 240, "Boiler replacement", "project", "lofts", "tyler", "", "high", "lofts_boiler"),
    Work(7, "14:00", 90, "Faucet and valve service", "service", "walsh", "marisol"),
    Work(8, "09:00", 120, "Water filter installation", "installation", "obrien", "marisol"),
    Work(8, "13:00", 120, "Furnace filter service", "maintenance", "miller_g", "tyler"),
)

UNDATED = (
    Undated("Whole-house repipe", "installation", "fischer", "draft"),
    Undated("Radiant floor heating", "installation", "reyes", "quoted"),
    Undated("Basement bathroom rough-in", "installation", "bennett", "draft"),
    Undated("Ductless mini split", "installation", "smith_l", "quoted"),
)

PROJECTS = (
    Venture("lee_bath", "Lee bathroom remodel", "lee", "renovation", "active", -20, 18, "18500", "9420", 55),
    Venture(
        "lofts_boiler",
        "Mason Street boiler replacement",
        "lofts",
        "installation",
        "active",
        -12,
        25,
        "42000",
        "15150.50",
        30,
    ),
    Venture(
        "whitfield_kitchen",
        "Whitfield kitchen remodel",
        "whitfield",
        "renovation",
        "planning",
        14,
        60,
        "26000",
        "0",
        0,
    ),
    Venture(
        "school_hvac",
        "Montessori HVAC upgrade",
        "school",
        "installation",
        "active",
        -75,
        -4,
        "31000",
        "33280",
        90,
    ),
    Venture(
        "cohen_cabin",
        "Cohen cabin plumbing",
        "cohen",
        "construction",
        "on_hold",
        -40,
        45,
        "22400",
        "7800",
        35,
    ),
    Venture(
        "bakery_kitchen",
        "Bakery kitchen refit",
        "bakery",
        "renovation",
        "completed",
        -110,
        -35,
        "15800",
        "15240",
        100,
    ),
)
