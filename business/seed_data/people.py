"""The people of the demonstration business, as a plain table.

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
