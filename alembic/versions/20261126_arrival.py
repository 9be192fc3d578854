"""Where a track left from, how long parcels take, and whom a buyer asks."""

import sqlalchemy as sa
from alembic import op

revision = 'e5b04c7f91d2'
down_revision = 'b4e07c9d15a3'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('track', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, server_default='0')
        )
    op.execute(
        "UPDATE track SET warehouse_id = coalesce((SELECT min(delivery.warehouse_id) FROM delivery "
        "WHERE delivery.tracking_no = track.tracking_no AND delivery.status <> 'cancelled'), 0)"
    )
    with op.batch_alter_table('track', schema=None) as batch_op:
        batch_op.alter_column('warehouse_id', server_default=None)
    op.create_table('arrival_span',
    sa.Column('carrier', sa.String(length=32), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('province', sa.String(length=32), nullable=False),
    sa.Column('basis', sa.String(length=32), nullable=False),
    sa.Column('parcels', sa.Integer(), nullable=False),
    sa.Column('early_minutes', sa.Integer(), nullable=False),
    sa.Column('likely_minutes', sa.Integer(), nullable=False),
    sa.Column('late_minutes', sa.Integer(), nullable=False),
    sa.Column('reckoned_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('carrier', 'warehouse_id', 'province', name=op.f('pk_arrival_span'))
    )
    op.create_table('service_contact',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('phone', sa.String(length=32), nullable=False),
    sa.Column('words', sa.String(length=120), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_contact'))
    )


def downgrade() -> None:
    op.drop_table('service_contact')
    op.drop_table('arrival_span')
    with op.batch_alter_table('track', schema=None) as batch_op:
        batch_op.drop_column('warehouse_id')
