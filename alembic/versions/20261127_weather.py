"""Who said of a region's day what its weather was: until now every one came from a file."""

import sqlalchemy as sa
from alembic import op

revision = '4c8e17f2a6b9'
down_revision = '6d1f83b0c29e'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('weather_day', schema=None) as batch_op:
        batch_op.add_column(sa.Column('source', sa.String(length=32), nullable=False, server_default='file'))
    with op.batch_alter_table('weather_day', schema=None) as batch_op:
        batch_op.alter_column('source', existing_type=sa.String(length=32), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('weather_day', schema=None) as batch_op:
        batch_op.drop_column('source')
