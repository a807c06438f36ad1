"""Use cases of the team: who belongs to the business and in which role. Nobody manages an equal or a superior."""

from __future__ import annotations

from dataclasses import replace

from business.entities.contacts import normalise_email
from business.entities.memberships import Membership, Permission, Role, check_can_manage
from business.errors import Conflict, Forbidden, NotFound
from business.repositories import UnitOfWork


class Memberships:
    """Members of one business."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    async def list(self) -> tuple[Membership, ...]:
        """Active members, by role and name. Every member may see the team."""
        return await self._uow.memberships.all()

    async def of_user(self, user_id: str) -> Membership:
        """An active member. Raises NotFound."""
        member = await self._uow.memberships.of_user(user_id)
        if member is None or not member.is_active:
            raise NotFound("team member", "")
        return member

    async def add(self, user_id: str, name: str, role: Role, *, email: str | None = None) -> Membership:
        """Let a user in, or back in. Raises Forbidden, Conflict (already a member), ValidationFailed."""
        uow = self._uow
        uow.require(Permission.INVITE_TEAM_MEMBERS)
        check_can_manage(uow.membership, role)
        address = normalise_email(email) if email else None
        known = await uow.memberships.of_user(user_id)
        if known is not None:
            if known.is_active:
                raise Conflict(f"{known.name} is on the team already.", {"user_id": user_id})
            check_can_manage(uow.membership, known.role)
            back = replace(known, name=name.strip(), role=role, email=address or known.email, is_active=True)
            await uow.memberships.save(back)
            return back
        member = Membership(
            id=uow.new_id(),
            user_id=user_id,
            name=name.strip(),
            role=role,
            joined_at=uow.now,
            email=address,
            invited_by=uow.actor.user_id,
        )
        await uow.memberships.add(member)
        return member

    async def change_role(self, user_id: str, role: Role) -> Membership:
        """Give a member another role. Raises Forbidden, NotFound."""
        self._uow.require(Permission.EDIT_TEAM_MEMBERS)
        member = await self._manageable(user_id)
        check_can_manage(self._uow.membership, role)
        await self._keep_an_owner(member, role)
        changed = replace(member, role=role)
        await self._uow.memberships.save(changed)
        return changed

    async def set_permissions(
        self, user_id: str, *, granted: frozenset[Permission], withheld: frozenset[Permission]
    ) -> Membership:
        """Add to and take from what the role allows; nobody gives what they lack. Raises Forbidden, NotFound."""
        self._uow.require(Permission.EDIT_TEAM_MEMBERS)
        member = await self._manageable(user_id)
        if not granted <= self._uow.membership.permissions:
            raise Forbidden("You can't give permissions that you don't have.")
        changed = replace(member, granted=granted, withheld=withheld)
        await self._uow.memberships.save(changed)
        return changed

    async def remove(self, user_id: str) -> Membership:
        """Take a member off the team; the record stays. Raises Forbidden, NotFound."""
        self._uow.require(Permission.REMOVE_TEAM_MEMBERS)
        member = await self._manageable(user_id)
        await self._keep_an_owner(member, None)
        removed = replace(member, is_active=False)
        await self._uow.memberships.save(removed)
        return removed

    async def _manageable(self, user_id: str) -> Membership:
        member = await self.of_user(user_id)
        check_can_manage(self._uow.membership, member.role)
        return member

    async def _keep_an_owner(self, member: Membership, role: Role | None) -> None:
        """Raise Forbidden when the last owner would stop being one."""
        if member.role is not Role.OWNER or role is Role.OWNER:
            return
        owners = [one for one in await self._uow.memberships.all() if one.role is Role.OWNER]
        if len(owners) == 1:
            raise Forbidden("A business needs an owner.")
