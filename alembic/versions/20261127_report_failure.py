"""Why a report has not arrived is a word, beside the reader and the code; what was said in sentences is not known."""

import sqlalchemy as sa
from alembic import op

revision = 'b47a90c31e6d'
down_revision = '4c8e17f2a6b9'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('report_schedule', schema=None) as batch_op:
        batch_op.drop_column('failure')
    with op.batch_alter_table('report_schedule', schema=None) as batch_op:
        batch_op.add_column(sa.Column('failure', sa.String(length=32), nullable=False, server_default='none'))
        batch_op.add_column(sa.Column('failure_at', sa.String(length=300), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('failure_code', sa.String(length=64), nullable=False, server_default=''))
    with op.batch_alter_table('report_schedule', schema=None) as batch_op:
        for name in ('failure', 'failure_at', 'failure_code'):
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('report_schedule', schema=None) as batch_op:
        for name in ('failure', 'failure_at', 'failure_code'):
            batch_op.drop_column(name)
    with op.batch_alter_table('report_schedule', schema=None) as batch_op:
        batch_op.add_column(sa.Column('failure', sa.String(length=300), nullable=False, server_default=''))
    with op.batch_alter_table('report_schedule', schema=None) as batch_op:
        batch_op.alter_column('failure', server_default=None)
