"""${message}.

Revision ${up_revision}, after ${down_revision or "nothing"}, ${create_date.date()}.

The deploy rule: a migration is applied while the version before it still runs, and either version
may be started again at any time. So a change that would break the old code takes three releases:
expand (add what is new: nullable or with a server default), backfill (fill it, the code writes old
and new), contract (drop the old once no running version reads it). Never rename, never drop or
tighten in the release that stops using it. A constraint or an index on a large PostgreSQL table is
made without a long lock (NOT VALID and VALIDATE; CONCURRENTLY in an autocommit block).
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
