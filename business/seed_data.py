"""The demonstration businesses as plain tables: people, work, offers and bills, with days relative to today.

Names, streets and numbers are invented; telephone numbers are from the range reserved for fiction (555-01xx).
"""

from __future__ import annotations

from typing import NamedTuple


class Person(NamedTuple):
    """A contact: key, names, kind, relationship, last two digits of the phone, address, a note."""

    key: str
    first: str
    last: str
    company: str
    type: str
    relationship: str
    digits: str
    street: str
    city: str
    notes: str = ""


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


PEOPLE = (
    Person(
        "johnson_s",
        "Sarah",
        "Johnson",
        "",
        "customer",
        "active_client",
        "01",
        "418 Juniper Court",
        "Fort Collins",
    ),
    Person(
        "johnson_t", "Tom", "Johnson", "", "customer", "active_client", "02", "77 Prospect Lane", "Loveland"
    ),
    Person(
        "miller_k",
        "Karen",
        "Miller",
        "",
        "customer",
        "active_client",
        "03",
        "1290 Larkspur Drive",
        "Fort Collins",
    ),
    Person(
        "miller_g", "Greg", "Miller", "", "customer", "active_client", "04", "36 Mill Race Road", "Windsor"
    ),
    Person(
        "smith_r",
        "Robert",
        "Smith",
        "",
        "customer",
        "active_client",
        "05",
        "902 Cottonwood Street",
        "Fort Collins",
    ),
    Person("smith_l", "Linda", "Smith", "", "customer", "opportunity", "06", "15 Heron Pond Way", "Timnath"),
    Person(
        "delgado",
        "Maria",
        "Delgado",
        "",
        "customer",
        "active_client",
        "07",
        "2204 Sagebrush Avenue",
        "Fort Collins",
    ),
    Person(
        "whitfield",
        "Jane",
        "Whitfield",
        "",
        "customer",
        "active_client",
        "08",
        "611 Orchard Place",
        "Loveland",
    ),
    Person(
        "lee", "David", "Lee", "", "customer", "active_client", "09", "3340 Ridgeline Circle", "Fort Collins"
    ),
    Person("nguyen", "Thuy", "Nguyen", "", "customer", "active_client", "10", "58 Willow Bend", "Greeley"),
    Person(
        "patel", "Anil", "Patel", "", "customer", "active_client", "11", "1717 Aspen Grove Road", "Windsor"
    ),
    Person(
        "kowalski", "Peter", "Kowalski", "", "customer", "past_client", "12", "240 Harvest Street", "Berthoud"
    ),
    Person(
        "okafor",
        "Grace",
        "Okafor",
        "",
        "customer",
        "active_client",
        "13",
        "86 Meadowlark Court",
        "Fort Collins",
    ),
    Person(
        "obrien",
        "Kevin",
        "O'Brien",
        "",
        "customer",
        "active_client",
        "14",
        "509 Canyon View Drive",
        "Loveland",
    ),
    Person(
        "hernandez",
        "Luis",
        "Hernandez",
        "",
        "customer",
        "active_client",
        "15",
        "1133 Plum Street",
        "Fort Collins",
    ),
    Person(
        "fischer",
        "Anna",
        "Fischer",
        "",
        "customer",
        "qualified_lead",
        "16",
        "27 Stonebridge Lane",
        "Wellington",
    ),
    Person(
        "washington",
        "Marcus",
        "Washington",
        "",
        "customer",
        "active_client",
        "17",
        "640 Linden Avenue",
        "Fort Collins",
    ),
    Person(
        "cohen", "Rachel", "Cohen", "", "customer", "active_client", "18", "952 Elk Meadow Road", "Estes Park"
    ),
    Person(
        "tanaka", "Ken", "Tanaka", "", "lead", "qualified_lead", "19", "313 Bluebell Court", "Fort Collins"
    ),
    Person(
        "russo", "Angela", "Russo", "", "customer", "active_client", "20", "45 Founders Street", "Loveland"
    ),
    Person(
        "bennett",
        "Chris",
        "Bennett",
        "",
        "prospect",
        "prospect",
        "21",
        "2080 Horsetooth Lane",
        "Fort Collins",
    ),
    Person("andersen", "Erik", "Andersen", "", "customer", "inactive", "22", "19 Poudre Bend", "Laporte"),
    Person(
        "brooks",
        "Denise",
        "Brooks",
        "",
        "customer",
        "active_client",
        "23",
        "774 Summit Place",
        "Fort Collins",
    ),
    Person("reyes", "Carlos", "Reyes", "", "lead", "opportunity", "24", "1450 Turnberry Drive", "Windsor"),
    Person("walsh", "Megan", "Walsh", "", "customer", "active_client", "25", "82 Quarry Road", "Lyons"),
    Person(
        "stein", "Howard", "Stein", "", "prospect", "lost_lead", "26", "390 College Terrace", "Fort Collins"
    ),
    Person(
        "bakery",
        "Paula",
        "Novak",
        "Rolling Pin Bakery",
        "customer",
        "active_client",
        "27",
        "121 Walnut Street",
        "Fort Collins",
        "Open from five in the morning; use the back door.",
    ),
    Person(
        "school",
        "",
        "",
        "Cache Creek Montessori",
        "customer",
        "active_client",
        "28",
        "2600 Timberline Road",
        "Fort Collins",
        "Work on weekdays after three only.",
    ),
    Person(
        "lofts",
        "Ivan",
        "Petrov",
        "Mason Street Lofts",
        "customer",
        "active_client",
        "29",
        "430 Mason Street",
        "Fort Collins",
        "Property manager of 24 flats; bill monthly.",
    ),
    Person(
        "brown", "Mike", "Brown", "", "customer", "active_client", "32", "1608 Hawthorn Lane", "Fort Collins"
    ),
    Person("davis", "Emily", "Davis", "", "customer", "active_client", "33", "29 Sugarbeet Way", "Loveland"),
    Person(
        "garcia_r", "Rosa", "Garcia", "", "customer", "active_client", "34", "871 Lilac Street", "Greeley"
    ),
    Person(
        "garcia_h", "Hector", "Garcia", "", "customer", "qualified_lead", "35", "14 Bison Trail", "Windsor"
    ),
    Person(
        "supply",
        "",
        "",
        "Front Range Pipe Supply",
        "vendor",
        "active_client",
        "30",
        "5150 Commerce Drive",
        "Loveland",
    ),
    Person(
        "electric",
        "Nadia",
        "Haddad",
        "Haddad Electric",
        "partner",
        "active_client",
        "31",
        "66 Industrial Parkway",
        "Greeley",
    ),
)

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
