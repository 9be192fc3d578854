"""The hub's level of pressure, what was measured in the last hours, and what goes on at level 2."""

import sqlalchemy as sa
from alembic import op

revision = 'b7c40d19e83a'
down_revision = 'e5a1c07b94d3'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('pressure_level',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('level', sa.String(length=32), nullable=False),
    sa.Column('sign', sa.String(length=32), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('epoch', _ID, nullable=False),
    sa.Column('pin_level', sa.String(length=16), nullable=False),
    sa.Column('pin_reason', sa.String(length=200), nullable=False),
    sa.Column('pinned_by', sa.String(length=64), nullable=False),
    sa.Column('pinned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('pin_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told', sa.String(length=32), nullable=False),
    sa.Column('busy_since', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pressure_level'))
    )
    op.create_table('pressure_sample',
    sa.Column('id', _ID, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('level', sa.String(length=32), nullable=False),
    sa.Column('cpu', sa.Float(), nullable=True),
    sa.Column('depth', sa.Integer(), nullable=False),
    sa.Column('oldest_seconds', sa.Float(), nullable=False),
    sa.Column('database_ms', sa.Float(), nullable=False),
    sa.Column('disk_free', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pressure_sample'))
    )
    with op.batch_alter_table('pressure_sample', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pressure_sample_at'), ['at'], unique=False)

    op.create_table('pressure_goes_on',
    sa.Column('id', _ID, nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pressure_goes_on')),
    sa.UniqueConstraint('kind', 'name', name=op.f('uq_pressure_goes_on_kind_name'))
    )


def downgrade() -> None:
    op.drop_table('pressure_goes_on')
    with op.batch_alter_table('pressure_sample', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_pressure_sample_at'))

    op.drop_table('pressure_sample')
    op.drop_table('pressure_level')
