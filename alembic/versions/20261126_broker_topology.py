"""When the broker's queues were declared, so that nothing is laid into them too early."""

import sqlalchemy as sa
from alembic import op

revision = 'b7f3a9c2d518'
down_revision = 'b7c40d19e83a'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('broker_topology',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('shape', sa.String(length=64), nullable=False),
    sa.Column('declared_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_broker_topology'))
    )


def downgrade() -> None:
    op.drop_table('broker_topology')
