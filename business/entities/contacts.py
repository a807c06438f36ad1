"""Contacts: the people and companies a business deals with, their relationship's state machine, reachability."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import phonenumbers

from business.entities.addresses import NO_ADDRESS, Address
from business.entities.transitions import Transitions
from business.errors import ValidationFailed

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class ContactType(StrEnum):
    """What the contact is to the business."""

    CUSTOMER = "customer"
    LEAD = "lead"
    PROSPECT = "prospect"
    VENDOR = "vendor"
    PARTNER = "partner"
    CONTRACTOR = "contractor"


class ContactStatus(StrEnum):
    """Whether the record is in use."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    ARCHIVED = "archived"
    BLOCKED = "blocked"


class RelationshipStatus(StrEnum):
    """How far the relationship has come."""

    PROSPECT = "prospect"
    QUALIFIED_LEAD = "qualified_lead"
    OPPORTUNITY = "opportunity"
    ACTIVE_CLIENT = "active_client"
    LOST_LEAD = "lost_lead"
    INACTIVE = "inactive"
    PAST_CLIENT = "past_client"


class LifecycleStage(StrEnum):
    """Marketing's view of the contact."""

    AWARENESS = "awareness"
    INTEREST = "interest"
    CONSIDERATION = "consideration"
    DECISION = "decision"
    RETENTION = "retention"
    CUSTOMER = "customer"


class Priority(StrEnum):
    """How pressing a contact or an activity is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


_R = RelationshipStatus
RELATIONSHIPS = Transitions(
    "relationship",
    {
        _R.PROSPECT: (_R.QUALIFIED_LEAD,),
        _R.QUALIFIED_LEAD: (_R.OPPORTUNITY, _R.ACTIVE_CLIENT, _R.LOST_LEAD),
        _R.OPPORTUNITY: (_R.ACTIVE_CLIENT, _R.LOST_LEAD),
        _R.ACTIVE_CLIENT: (_R.INACTIVE, _R.PAST_CLIENT),
        _R.INACTIVE: (_R.PROSPECT,),
        _R.LOST_LEAD: (_R.PROSPECT,),
        _R.PAST_CLIENT: (_R.PROSPECT,),
    },
)


@dataclass(frozen=True, slots=True)
class Contact:
    """One person or company. At least one name and one way to reach them; phones are E.164."""

    id: str
    created_at: datetime
    updated_at: datetime
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    type: ContactType = ContactType.CUSTOMER
    status: ContactStatus = ContactStatus.ACTIVE
    relationship: RelationshipStatus = RelationshipStatus.PROSPECT
    lifecycle: LifecycleStage = LifecycleStage.AWARENESS
    priority: Priority = Priority.MEDIUM
    source: str = ""
    assigned_to: str | None = None
    estimated_value: Decimal | None = None
    tags: tuple[str, ...] = ()
    address: Address = NO_ADDRESS
    notes: str = ""
    last_contacted: datetime | None = None

    def __post_init__(self) -> None:
        if not (self.first_name.strip() or self.last_name.strip() or self.company_name.strip()):
            raise ValidationFailed("name", "A contact needs a first name, a last name or a company name.")
        if not (self.email or self.phone or self.mobile):
            raise ValidationFailed("phone", "A contact needs an email address or a phone number.")
        if self.email is not None and self.email != normalise_email(self.email):
            raise ValidationFailed("email", f"{self.email} is not a normalised email address.")
        for field, value in (("phone", self.phone), ("mobile", self.mobile)):
            if value is not None and not re.fullmatch(r"\+[1-9]\d{6,14}", value):
                raise ValidationFailed(field, f"{value} is not a phone number in E.164 form.")

    @property
    def display_name(self) -> str:
        """The person's name, else the company's."""
        return f"{self.first_name} {self.last_name}".strip() or self.company_name

    @property
    def best_phone(self) -> str | None:
        """The number to call or text: the mobile first."""
        return self.mobile or self.phone

    def moved_to(self, relationship: RelationshipStatus, now: datetime) -> Contact:
        """The contact in another relationship. Raises InvalidTransition."""
        RELATIONSHIPS.check(self.relationship, relationship)
        return replace(self, relationship=relationship, updated_at=now)

    def contacted(self, at: datetime) -> Contact:
        """The contact after having been spoken to at ``at``; an older contact never moves the time back."""
        if self.last_contacted is not None and self.last_contacted >= at:
            return self
        return replace(self, last_contacted=at)


def normalise_email(value: str) -> str:
    """The address in lower case. Raises ValidationFailed when it is none."""
    email = value.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > 254:
        raise ValidationFailed("email", f"{value} is not an email address.")
    return email


def normalise_phone(value: str, *, region: str = "US", field: str = "phone") -> str:
    """The number in E.164. Raises ValidationFailed when it cannot be one.

    Args:
        value: As typed or recognised.
        region: ISO country of numbers without a country code.
        field: Name of the field, for the error.
    """
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException as error:
        raise ValidationFailed(field, f"{value} is not a phone number.") from error
    if not phonenumbers.is_possible_number(number):
        raise ValidationFailed(field, f"{value} is not a phone number.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
