"""Contracts of the contact tools."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from business.entities.contacts import Priority, RelationshipStatus
from business.entities.interactions import InteractionType
from business.entities.memberships import Permission
from tools.arguments import ContactRef, SpokenDate
from tools.spec import Arguments, Effect, ToolSpec, Topic
from tools.statuses import spoken_code


def _coded(kind: str) -> BeforeValidator:
    return BeforeValidator(lambda value: spoken_code(kind, value) if isinstance(value, str) else value)


class GetContactInfo(Arguments):
    """Arguments of get_contact_info."""

    contact: ContactRef


class AddContactInteraction(Arguments):
    """Arguments of add_contact_interaction."""

    contact: ContactRef
    interaction_type: Annotated[InteractionType, _coded("interaction"), Field(description="What it was.")]
    notes: Annotated[str, Field(max_length=5000, description="What was said or done; may be empty.")] = ""
    outcome: Annotated[str | None, Field(max_length=500, description="What came of it.")] = None


class ScheduleFollowUp(Arguments):
    """Arguments of schedule_follow_up."""

    contact: ContactRef
    follow_up_date: SpokenDate
    notes: Annotated[str, Field(max_length=2000, description="What to do then ('call about the quote').")] = (
        ""
    )
    priority: Annotated[Priority, _coded("priority"), Field(description="How pressing it is.")] = (
        Priority.MEDIUM
    )


class SearchContacts(Arguments):
    """Arguments of search_contacts."""

    query: Annotated[
        str,
        Field(
            max_length=200,
            description="Name, company, city or phone number, or a part of it, or a kind of contact (vendors, "
            "partners, contractors); left out: all of the relationship.",
        ),
    ] = ""
    relationship_status: Annotated[
        RelationshipStatus | None,
        _coded("relationship"),
        Field(description="Only contacts of this relationship."),
    ] = None


SPECS = (
    ToolSpec(
        name="get_contact_info",
        description="Tell a contact's phone number, email, address and open business.",
        examples=("How do I reach Mrs. Huang?", "What's the bakery's address?"),
        topic=Topic.CONTACT,
        effect=Effect.READ,
        arguments=GetContactInfo,
        permission=Permission.VIEW_CONTACTS,
    ),
    ToolSpec(
        name="add_contact_interaction",
        description="Note a call, email, meeting or visit with a contact.",
        examples=("Note that I spoke with Mrs. Huang about the filter", "I just met the Ortegas on site"),
        topic=Topic.CONTACT,
        effect=Effect.WRITE,
        arguments=AddContactInteraction,
        permission=Permission.EDIT_CONTACTS,
    ),
    ToolSpec(
        name="schedule_follow_up",
        description="Plan to get back to a contact at a date; a reminder comes then.",
        examples=(
            "I want to check in with the bakery next Wednesday",
            "Follow up with the Ortegas in two weeks",
        ),
        topic=Topic.CONTACT,
        effect=Effect.WRITE,
        arguments=ScheduleFollowUp,
        permission=Permission.EDIT_CONTACTS,
    ),
    ToolSpec(
        name="search_contacts",
        description="Find contacts by name, company, city or phone number, or all of a relationship.",
        examples=(
            "Look up everybody called Ortega",
            "Do we have a Kessler in the books?",
            "Who are our leads?",
        ),
        topic=Topic.CONTACT,
        effect=Effect.READ,
        arguments=SearchContacts,
        permission=Permission.VIEW_CONTACTS,
    ),
)
