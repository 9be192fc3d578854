"""What may change about an account, by its owner or an administrator?"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.access import passwords, recovery, throttle
from orderhub.access.acting import acting, check_permission
from orderhub.access.permissions import Permission, Role
from orderhub.access.roles import role_set_of, role_sets
from orderhub.access.sessions import Signed, end_all_sessions, forget_when_kept, list_sessions, tell_use
from orderhub.access.users import (
    PasswordChanged,
    User,
    UserDeactivated,
    UserEvent,
    UserReactivated,
    UserRoleChanged,
    user_of,
)
from orderhub.kernel.db import transaction
from orderhub.kernel.errors import BadInput, RuleBroken
from orderhub.kernel.eventlog import record


class LastAdministrator(RuleBroken):
    code = "last_administrator"


class OwnSecondFactor(RuleBroken):
    code = "own_second_factor"


@dataclass(frozen=True)
class TotpReset(UserEvent):
    pass


@dataclass(frozen=True)
class RecoveryCodesRenewed(UserEvent):
    pass


def change_own_password(user: Signed, old: str, new: str, *, now: datetime) -> None:
    """Every login of the account ends, this one too; the second factor stays.

    Raises:
        BadInput: the old password is wrong, or the new one too weak.
        TooMany: wrong too often; the count outlives the refusal, so this opens its own transactions.
    """
    check_permission(user, Permission.OWN_ACCOUNT)
    key = throttle.account_key(f"own_password:{user.user_id}")
    with transaction() as session:
        throttle.take_account_try(session, key, now)
        password_hash = user_of(session, user.user_id).password_hash
    if not passwords.verify_password(old, password_hash)[0]:
        raise BadInput("the present password is not this", field="old", problem="wrong_password")
    with acting(user, Permission.OWN_ACCOUNT) as session:
        throttle.forgive(session, key)
        set_password(session, user_of(session, user.user_id), new, by=user.name, now=now)


def set_password(session: Session, user: User, new: str, *, by: str, now: datetime) -> None:
    passwords.check_choice(new, user.name)
    user.password_hash, user.password_changed_at = passwords.hash_password(new), now
    session.add(user)
    record(session, PasswordChanged(user.id), actor=by, now=now)
    end_all_sessions(session, user.id, now=now, reason="password_changed")


def change_role(session: Session, user: User, role: str, *, by: str, now: datetime) -> None:
    """To the set of that code; felt at once by every login of the user.

    Raises:
        BadInput: there is no such role.
        LastAdministrator: the last administrator stays one.
    """
    if role == user.role_code:
        return
    new = role_set_of(session, role, lock=True)
    if new.code != Role.ADMIN:
        check_other_admin(session, user)
    was = role_sets(session).get(user.role_code)
    record(session, UserRoleChanged(user.id, was.spoken if was else user.role_code, new.spoken), actor=by, now=now)
    user.role, user.role_set = new.job, "" if new.is_shipped else new.code
    session.add(user)
    logins = list_sessions(session, user.id, now)
    tell_use(session, user, logins[0].seen_at if logins else None)
    forget_when_kept(session)


def deactivate(session: Session, user: User, *, by: str, now: datetime) -> None:
    """Raises: LastAdministrator: the last administrator stays."""
    check_other_admin(session, user)
    user.is_active = False
    session.add(user)
    record(session, UserDeactivated(user.id), actor=by, now=now)
    end_all_sessions(session, user.id, now=now, reason="deactivated")


def reactivate(session: Session, user: User, *, by: str, now: datetime) -> None:
    """Safe to repeat."""
    if not user.is_active:
        user.is_active = True
        session.add(user)
        record(session, UserReactivated(user.id), actor=by, now=now)


def reset_totp(session: Session, user: User, *, by: str, now: datetime) -> None:
    """The next sign-in enrols anew; another administrator does this, never the owner alone."""
    if user.name == by:
        raise OwnSecondFactor("another administrator resets a second factor")
    user.totp_seed_sealed, user.totp_last_step = "", 0
    session.add(user)
    recovery.new_codes(session, user.id)
    record(session, TotpReset(user.id), actor=by, now=now)
    end_all_sessions(session, user.id, now=now, reason="totp_reset")


def renew_recovery_codes(session: Session, user: Signed, *, now: datetime) -> list[str]:
    """Shown once; the earlier ones are void."""
    record(session, RecoveryCodesRenewed(user.user_id), actor=user.name, now=now)
    return recovery.new_codes(session, user.user_id)


def check_other_admin(session: Session, user: User) -> None:
    """That one who holds and sees everything is left without ``user``: others could not give back what was taken.

    Raises:
        LastAdministrator: ``user`` is the last.
    """
    wanted = select(User.id, User.shops, User.warehouses).where(
        User.role == Role.ADMIN, User.role_set == "", col(User.is_active)
    )
    found = session.exec(wanted.order_by(col(User.id)).with_for_update()).all()
    whole = {user_id for user_id, shops, warehouses in found if shops is None and warehouses is None}
    if user.id in whole and whole == {user.id}:
        raise LastAdministrator(f"{user.name} is the last administrator: make another one first")
