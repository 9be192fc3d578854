"""Carrier services, allocation decisions, how deliveries are merged."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'a1c2f0b7d4e9'
down_revision = '5b7d3e2a91c4'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('carrier_service',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('carrier', sa.String(length=32), nullable=False),
    sa.Column('product', sa.String(length=64), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('not_to', sa.String(length=500), nullable=False),
    sa.Column('first_grams', sa.Integer(), nullable=False),
    sa.Column('step_grams', sa.Integer(), nullable=False),
    sa.Column('first_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('step_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('zones', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('most_grams', sa.Integer(), nullable=False),
    sa.Column('daily_limit', sa.Integer(), nullable=False),
    sa.Column('latest_hour', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_carrier_service')),
    sa.UniqueConstraint('warehouse_id', 'carrier', 'product', name=op.f('uq_carrier_service_warehouse_id_carrier_product'))
    )
    op.create_table('merge_setting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mode', sa.String(length=32), nullable=False),
    sa.Column('buffer_minutes', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_merge_setting'))
    )
    op.create_table('allocation_decision',
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('stuck', sa.String(length=32), nullable=True),
    sa.Column('facts', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('chosen', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('lost', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('unheard', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_allocation_decision_order_id_orders')),
    sa.PrimaryKeyConstraint('order_id', name=op.f('pk_allocation_decision'))
    )
    with op.batch_alter_table('allocation_decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_allocation_decision_stuck'), ['stuck'], unique=False)

    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.add_column(sa.Column('service_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.create_index('ix_delivery_service_id', ['service_id', 'planned_at'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_index('ix_delivery_service_id')
        batch_op.drop_column('service_id')

    with op.batch_alter_table('allocation_decision', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_allocation_decision_stuck'))

    op.drop_table('allocation_decision')
    op.drop_table('merge_setting')
    op.drop_table('carrier_service')
