"""Several anomalies of a kind about one thing have names; rules raise anomalies of their own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'c3e8f07b52d6'
down_revision = '5b7e1c9a40d3'
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')
_OPEN = sa.text('resolved_at IS NULL')
_ABOUT = ['kind', 'subject_type', 'subject_id']


def upgrade() -> None:
    with op.batch_alter_table('anomaly', schema=None) as batch_op:
        batch_op.add_column(sa.Column('name', sa.String(length=64), nullable=False, server_default=''))
        batch_op.drop_index('uq_anomaly_open')
    with op.batch_alter_table('anomaly', schema=None) as batch_op:
        batch_op.alter_column('name', existing_type=sa.String(length=64), server_default=None)
        batch_op.create_index(
            'uq_anomaly_open', [*_ABOUT, 'name'], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
        )
    with op.batch_alter_table('rule_decision', schema=None) as batch_op:
        batch_op.add_column(sa.Column('anomalies', _JSON, nullable=False, server_default='[]'))
    with op.batch_alter_table('rule_decision', schema=None) as batch_op:
        batch_op.alter_column('anomalies', existing_type=_JSON, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('rule_decision', schema=None) as batch_op:
        batch_op.drop_column('anomalies')
    # Without names only one of a kind about one thing may stay open.
    op.execute(
        "UPDATE anomaly SET resolved_at = detected_at, resolved_by = 'system' WHERE resolved_at IS NULL AND name <> ''"
    )
    with op.batch_alter_table('anomaly', schema=None) as batch_op:
        batch_op.drop_index('uq_anomaly_open')
        batch_op.drop_column('name')
    with op.batch_alter_table('anomaly', schema=None) as batch_op:
        batch_op.create_index('uq_anomaly_open', _ABOUT, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
