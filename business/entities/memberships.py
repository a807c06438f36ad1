"""Memberships: which user reaches which business, in which role, with which permissions. Pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from business.errors import Forbidden, ValidationFailed


class Role(StrEnum):
    """Roles, from the most to the least powerful."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    EMPLOYEE = "employee"
    CONTRACTOR = "contractor"
    VIEWER = "viewer"

    @property
    def rank(self) -> int:
        """5 for the owner down to 0 for a viewer."""
        return _RANKS[self]


_RANKS = {
    Role.OWNER: 5,
    Role.ADMIN: 4,
    Role.MANAGER: 3,
    Role.EMPLOYEE: 2,
    Role.CONTRACTOR: 1,
    Role.VIEWER: 0,
}


class Permission(StrEnum):
    """What a member may do."""

    VIEW_CONTACTS = "view_contacts"
    CREATE_CONTACTS = "create_contacts"
    EDIT_CONTACTS = "edit_contacts"
    DELETE_CONTACTS = "delete_contacts"
    VIEW_JOBS = "view_jobs"
    CREATE_JOBS = "create_jobs"
    EDIT_JOBS = "edit_jobs"
    DELETE_JOBS = "delete_jobs"
    VIEW_PROJECTS = "view_projects"
    CREATE_PROJECTS = "create_projects"
    EDIT_PROJECTS = "edit_projects"
    DELETE_PROJECTS = "delete_projects"
    VIEW_INVOICES = "view_invoices"
    CREATE_INVOICES = "create_invoices"
    EDIT_INVOICES = "edit_invoices"
    DELETE_INVOICES = "delete_invoices"
    VIEW_ESTIMATES = "view_estimates"
    CREATE_ESTIMATES = "create_estimates"
    EDIT_ESTIMATES = "edit_estimates"
    DELETE_ESTIMATES = "delete_estimates"
    EDIT_BUSINESS_PROFILE = "edit_business_profile"
    VIEW_BUSINESS_SETTINGS = "view_business_settings"
    EDIT_BUSINESS_SETTINGS = "edit_business_settings"
    INVITE_TEAM_MEMBERS = "invite_team_members"
    EDIT_TEAM_MEMBERS = "edit_team_members"
    REMOVE_TEAM_MEMBERS = "remove_team_members"
    VIEW_REPORTS = "view_reports"
    EDIT_REPORTS = "edit_reports"
    VIEW_ACCOUNTING = "view_accounting"
    EDIT_ACCOUNTING = "edit_accounting"


def _of(verbs: str, nouns: str) -> frozenset[Permission]:
    return frozenset(Permission(f"{verb}_{noun}") for verb in verbs.split() for noun in nouns.split())


_FIVE = "contacts jobs projects invoices estimates"
_EVERYTHING = frozenset(Permission)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _EVERYTHING,
    Role.ADMIN: _EVERYTHING
    - {
        Permission.EDIT_BUSINESS_PROFILE,
        Permission.EDIT_BUSINESS_SETTINGS,
        Permission.REMOVE_TEAM_MEMBERS,
    },
    Role.MANAGER: _of("view create edit", _FIVE) | {Permission.INVITE_TEAM_MEMBERS, Permission.VIEW_REPORTS},
    Role.EMPLOYEE: _of("view create edit", "contacts jobs projects") | _of("view", "invoices estimates"),
    Role.CONTRACTOR: _of("view", "contacts jobs projects"),
    Role.VIEWER: _of("view", "contacts jobs projects"),
}


@dataclass(frozen=True, slots=True)
class Membership:
    """One user's place in one business.

    Attributes:
        user_id: The user; unique in a business.
        name: As colleagues say it; spoken in greetings.
        granted: Permissions beyond the role's.
        withheld: Permissions of the role that this member does not have; wins over ``granted``.
        is_active: False once removed; the row stays for the audit trail.
    """

    id: str
    user_id: str
    name: str
    role: Role
    joined_at: datetime
    email: str | None = None
    phone: str | None = None
    granted: frozenset[Permission] = frozenset()
    withheld: frozenset[Permission] = frozenset()
    is_active: bool = True
    invited_by: str | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValidationFailed("name", "A team member needs a name.")

    @property
    def permissions(self) -> frozenset[Permission]:
        """What this member may do; nothing once removed."""
        if not self.is_active:
            return frozenset()
        return (ROLE_PERMISSIONS[self.role] | self.granted) - self.withheld

    def may(self, permission: Permission) -> bool:
        """Whether this member has ``permission``."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless this member has ``permission``."""
        if not self.may(permission):
            verb, _, noun = permission.value.partition("_")
            raise Forbidden(f"Your role doesn't let you {verb} {noun.replace('_', ' ')}.")


def check_can_manage(manager: Membership, role: Role) -> None:
    """Raise Forbidden unless ``manager`` outranks ``role``; owners may also manage owners."""
    if manager.role is not Role.OWNER and manager.role.rank <= role.rank:
        raise Forbidden("You can only manage team members below your own role.")
