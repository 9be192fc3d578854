"""freight"""

import sqlalchemy as sa
from alembic import op

revision = 'd3f1b8a6e270'
down_revision = 'c7a5e2d41b90'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Lines without an order are told apart by their own number alone, over all days.
    with op.batch_alter_table('statement_line', schema=None) as batch_op:
        batch_op.create_index('ix_statement_line_nameless', ['entry_no'], unique=False, sqlite_where=sa.text("order_no = ''"), postgresql_where=sa.text("order_no = ''"))


def downgrade() -> None:
    with op.batch_alter_table('statement_line', schema=None) as batch_op:
        batch_op.drop_index('ix_statement_line_nameless', sqlite_where=sa.text("order_no = ''"), postgresql_where=sa.text("order_no = ''"))
