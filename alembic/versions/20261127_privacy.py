"""People's data: contacts sealed with a blind index, looks at them, and how long they are kept."""

import hmac
import json

import sqlalchemy as sa
from alembic import op

from orderhub.kernel.errors import SetupError
from orderhub.kernel.secrets import derived, seal, unseal

revision = 'e5a1c07b94d3'
down_revision = 'e41b7d90c2a8'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_TO_FORGET = sa.text("forgotten_at IS NULL AND status IN ('completed', 'cancelled')")
_NOBODY = {"name": "", "province": "", "city": "", "county": "", "address": ""}


def upgrade() -> None:
    contact = op.create_table('buyer_contact',
    sa.Column('shop_id', _ID, nullable=False),
    sa.Column('channel_order_no', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.String(), nullable=False),
    sa.Column('phone_mark', sa.String(length=64), nullable=False),
    sa.Column('tail_mark', sa.String(length=64), nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name=op.f('fk_buyer_contact_shop_id_shop')),
    sa.PrimaryKeyConstraint('shop_id', 'channel_order_no', name=op.f('pk_buyer_contact'))
    )
    with op.batch_alter_table('buyer_contact', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_buyer_contact_kept_at'), ['kept_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_buyer_contact_phone_mark'), ['phone_mark'], unique=False)
        batch_op.create_index(batch_op.f('ix_buyer_contact_tail_mark'), ['tail_mark'], unique=False)

    phone = sa.table('buyer_phone', sa.column('shop_id'), sa.column('channel_order_no'), sa.column('sealed'),
                     sa.column('kept_at', sa.DateTime(timezone=True)))
    for row in op.get_bind().execute(sa.select(phone)).all():
        if moved := _moved(row.shop_id, row.channel_order_no, row.sealed):
            op.get_bind().execute(contact.insert().values(shop_id=row.shop_id, channel_order_no=row.channel_order_no,
                                                          kept_at=row.kept_at, **moved))
    op.drop_table('buyer_phone')

    op.create_table('retention',
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('days >= 1', name=op.f('ck_retention_days_positive')),
    sa.PrimaryKeyConstraint('channel', name=op.f('pk_retention'))
    )
    op.create_table('reveal_quota',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('daily', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reveal_quota'))
    )
    op.create_table('reveal',
    sa.Column('id', _ID, nullable=False),
    sa.Column('user_id', _ID, nullable=False),
    sa.Column('order_id', _ID, nullable=False),
    sa.Column('shop_id', _ID, nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('words', sa.String(length=100), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_reveal_order_id_orders')),
    sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name=op.f('fk_reveal_shop_id_shop')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_reveal_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reveal'))
    )
    with op.batch_alter_table('reveal', schema=None) as batch_op:
        batch_op.create_index('ix_reveal_user_at', ['user_id', 'at'], unique=False)
        batch_op.create_index(batch_op.f('ix_reveal_order_id'), ['order_id'], unique=False)

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('forgotten_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_orders_to_forget', ['channel', 'changed_at'], unique=False,
                              sqlite_where=_TO_FORGET, postgresql_where=_TO_FORGET)


def downgrade() -> None:
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_index('ix_orders_to_forget', sqlite_where=_TO_FORGET, postgresql_where=_TO_FORGET)
        batch_op.drop_column('forgotten_at')
    op.drop_table('reveal')
    op.drop_table('reveal_quota')
    op.drop_table('retention')
    op.drop_table('buyer_contact')
    op.create_table('buyer_phone',
    sa.Column('shop_id', _ID, nullable=False),
    sa.Column('channel_order_no', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.String(), nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name=op.f('fk_buyer_phone_shop_id_shop')),
    sa.PrimaryKeyConstraint('shop_id', 'channel_order_no', name=op.f('pk_buyer_phone'))
    )
    with op.batch_alter_table('buyer_phone', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_buyer_phone_kept_at'), ['kept_at'], unique=False)


def _moved(shop_id: int, channel_order_no: str, sealed: str) -> dict[str, str]:
    """The telephone as a contact, under its new place, with its marks; nothing where no key opens it."""
    try:
        mobile = unseal(sealed, f"buyer_phone:{shop_id}:{channel_order_no}")
    except SetupError:
        return {}
    key = derived("buyer contact")
    return {
        "sealed": seal(json.dumps(_NOBODY | {"mobile": mobile}), f"buyer_contact:{shop_id}:{channel_order_no}"),
        "phone_mark": hmac.digest(key, mobile.encode(), "sha256").hex(),
        "tail_mark": hmac.digest(key, mobile[-4:].encode(), "sha256").hex(),
    }
