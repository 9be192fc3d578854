"""rollout"""

import sqlalchemy as sa
from alembic import op


revision = '7c1d4f0b93ae'
down_revision = '2aecea2eace9'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('former_order',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shop_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel_order_no', sa.String(length=64), nullable=False),
    sa.Column('status_word', sa.String(length=64), nullable=False),
    sa.Column('stage', sa.String(length=32), nullable=True),
    sa.Column('warehouse', sa.String(length=64), nullable=False),
    sa.Column('carrier', sa.String(length=64), nullable=False),
    sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('shipped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('uploaded_by', sa.String(length=64), nullable=False),
    sa.Column('compared_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_compared', sa.Boolean(), nullable=False),
    sa.Column('differences', sa.String(length=100), nullable=False),
    sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name=op.f('fk_former_order_shop_id_shop')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_former_order')),
    sa.UniqueConstraint('shop_id', 'channel_order_no', name=op.f('uq_former_order_shop_id_channel_order_no'))
    )
    with op.batch_alter_table('former_order', schema=None) as batch_op:
        batch_op.create_index('ix_former_order_to_compare', ['id'], unique=False, sqlite_where=sa.text('compared_at IS NULL'), postgresql_where=sa.text('compared_at IS NULL'))
        batch_op.create_index('ix_former_order_uploaded_at', ['shop_id', 'uploaded_at'], unique=False)

    with op.batch_alter_table('shop', schema=None) as batch_op:
        batch_op.add_column(sa.Column('pilot_percent', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('rollout_changed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('default_warehouse', sa.String(length=64), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('default_carrier', sa.String(length=64), nullable=False, server_default=''))


def downgrade() -> None:
    with op.batch_alter_table('shop', schema=None) as batch_op:
        batch_op.drop_column('default_carrier')
        batch_op.drop_column('default_warehouse')
        batch_op.drop_column('rollout_changed_at')
        batch_op.drop_column('pilot_percent')

    with op.batch_alter_table('former_order', schema=None) as batch_op:
        batch_op.drop_index('ix_former_order_uploaded_at')
        batch_op.drop_index('ix_former_order_to_compare', sqlite_where=sa.text('compared_at IS NULL'), postgresql_where=sa.text('compared_at IS NULL'))

    op.drop_table('former_order')
