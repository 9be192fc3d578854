"""Which orders have changed since a moment? For boards that were out of touch for a while."""

from datetime import datetime

from sqlmodel import Session, col, select

from orderhub.domain.order import Order


def changed_since(session: Session, moment: datetime, limit: int = 500) -> list[int]:
    """Ids, newest change first; ``limit`` of them means there may be more: read the page again instead."""
    wanted = select(Order.id).where(Order.changed_at >= moment)
    return list(session.exec(wanted.order_by(col(Order.changed_at).desc(), col(Order.id).desc()).limit(limit)))
