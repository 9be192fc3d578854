"""Notices to buyers: accounts, plans, what was told, and the telephones of the own program's buyers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'b6e2c94d17fa'
down_revision = 'e5b04c7f91d2'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('notifier_account',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('app_no', sa.String(length=64), nullable=False),
    sa.Column('secret_sealed', sa.String(), nullable=False),
    sa.Column('sign_name', sa.String(length=32), nullable=False),
    sa.Column('sdk_app_no', sa.String(length=32), nullable=False),
    sa.Column('base_url', sa.String(length=200), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notifier_account')),
    sa.UniqueConstraint('code', name=op.f('uq_notifier_account_code'))
    )
    op.create_table('buyer_phone',
    sa.Column('shop_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel_order_no', sa.String(length=64), nullable=False),
    sa.Column('sealed', sa.String(), nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name=op.f('fk_buyer_phone_shop_id_shop')),
    sa.PrimaryKeyConstraint('shop_id', 'channel_order_no', name=op.f('pk_buyer_phone'))
    )
    with op.batch_alter_table('buyer_phone', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_buyer_phone_kept_at'), ['kept_at'], unique=False)

    op.create_table('notice_plan',
    sa.Column('shop_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('moment', sa.String(length=32), nullable=False),
    sa.Column('is_on', sa.Boolean(), nullable=False),
    sa.Column('ways', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('quiet_from', sa.Integer(), nullable=False),
    sa.Column('quiet_until', sa.Integer(), nullable=False),
    sa.Column('changed_by', sa.String(length=64), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name=op.f('fk_notice_plan_shop_id_shop')),
    sa.PrimaryKeyConstraint('shop_id', 'moment', name=op.f('pk_notice_plan'))
    )
    op.create_table('notice',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shop_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('track_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tracking_no', sa.String(length=64), nullable=False),
    sa.Column('moment', sa.String(length=32), nullable=False),
    sa.Column('turn', sa.String(length=10), nullable=False),
    sa.Column('buyer_key', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('way', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('problem', sa.String(length=32), nullable=False),
    sa.Column('partner_code', sa.String(length=64), nullable=False),
    sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_notice_order_id_orders')),
    sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name=op.f('fk_notice_shop_id_shop')),
    sa.ForeignKeyConstraint(['track_id'], ['track.id'], name=op.f('fk_notice_track_id_track')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('track_id', 'moment', 'turn', 'buyer_key', name=op.f('uq_notice_track_id_moment_turn_buyer_key'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index('ix_notice_order_id', ['order_id'], unique=False)
        batch_op.create_index('ix_notice_state', ['state', 'id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index('ix_notice_state')
        batch_op.drop_index('ix_notice_order_id')

    op.drop_table('notice')
    op.drop_table('notice_plan')
    with op.batch_alter_table('buyer_phone', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_buyer_phone_kept_at'))

    op.drop_table('buyer_phone')
    op.drop_table('notifier_account')
