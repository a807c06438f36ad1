"""A postal address, the value shared by businesses, contacts, jobs and projects. No geocoding here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """Where something is. ``street`` alone holds an address that was spoken in one piece."""

    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = "US"

    @property
    def one_line(self) -> str:
        """The address in one line, without the country."""
        place = " ".join(part for part in (self.state, self.postal_code) if part)
        return ", ".join(part for part in (self.street, self.city, place) if part)


NO_ADDRESS = Address()
