"""When a buyer complained again after an anomaly was resolved."""

import sqlalchemy as sa
from alembic import op

revision = 'b2d94c7e1a60'
down_revision = 'a7c4e91d3f52'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('anomaly', schema=None) as batch_op:
        batch_op.add_column(sa.Column('complained_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index('ix_anomaly_detected', ['detected_at', 'id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('anomaly', schema=None) as batch_op:
        batch_op.drop_index('ix_anomaly_detected')
        batch_op.drop_column('complained_at')
