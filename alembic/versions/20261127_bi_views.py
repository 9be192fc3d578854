"""Views for BI programs: ``alembic/env.py`` lays them anew after every migration; this one begins it.

Whoever changes a view (insights/bi.py) adds an empty revision like this one, so that databases get it.
"""

revision = '9b27e4d0a5f3'
down_revision = '3f9a50c7e6d1'
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
