"""Use cases of the business itself: its profile and how it is changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from business.entities.addresses import Address
from business.entities.businesses import Business, CompanySize, OpeningHours
from business.entities.contacts import normalise_email, normalise_phone
from business.entities.memberships import Permission
from business.money import Currency
from business.repositories import UnitOfWork


@dataclass(frozen=True, slots=True)
class BusinessChanges:
    """What to change of the profile; None leaves a field alone."""

    name: str | None = None
    trade: str | None = None
    company_size: CompanySize | None = None
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    address: Address | None = None
    timezone: str | None = None
    business_hours: tuple[OpeningHours, ...] | None = None
    currency: Currency | None = None
    tax_id: str | None = None
    licence: str | None = None


class Businesses:
    """The business of the unit of work."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def profile(self) -> Business:
        """The profile. Every member may see it."""
        return self._uow.business

    async def edit(self, changes: BusinessChanges) -> Business:
        """Change the profile. Raises Forbidden, ValidationFailed."""
        uow = self._uow
        uow.require(Permission.EDIT_BUSINESS_PROFILE)
        country = (changes.address or uow.business.address).country
        wanted = {name: getattr(changes, name) for name in BusinessChanges.__slots__}
        wanted |= {
            "email": normalise_email(changes.email) if changes.email else None,
            "phone": normalise_phone(changes.phone, region=country) if changes.phone else None,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        changed = replace(uow.business, **given)
        await uow.businesses.save(changed)
        uow.business = changed
        return changed
