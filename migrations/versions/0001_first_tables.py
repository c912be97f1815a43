"""First tables.

Revision 0001, after nothing, 2026-11-22.

The deploy rule: a migration is applied while the version before it still runs, and either version
may be started again at any time. So a change that would break the old code takes three releases:
expand (add what is new: nullable or with a server default), backfill (fill it, the code writes old
and new), contract (drop the old once no running version reads it). Never rename, never drop or
tighten in the release that stops using it. A constraint or an index on a large PostgreSQL table is
made without a long lock (NOT VALID and VALIDATE; CONCURRENTLY in an autocommit block).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("image", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("catalogue_seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuers")),
        sa.UniqueConstraint("key", name=op.f("uq_issuers_key")),
    )
    op.create_table(
        "audit_events",
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("thing_id", sa.String(), nullable=False),
        sa.Column(
            "detail",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_audit_events_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_audit_events_issuer_id_id")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_events_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_audit_events_issuer_id_thing_thing_id"),
            ["issuer_id", "thing", "thing_id"],
            unique=False,
        )

    op.create_table(
        "definitions",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column(
            "document",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_definitions_issuer_id_issuers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definitions")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_definitions_issuer_id_id")),
        sa.UniqueConstraint("issuer_id", "kind", "key", name=op.f("uq_definitions_issuer_id_kind_key")),
    )
    with op.batch_alter_table("definitions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_definitions_earned",
            ["issuer_id", "key"],
            unique=True,
            sqlite_where=sa.text("kind IN ('passport', 'series')"),
            postgresql_where=sa.text("kind IN ('passport', 'series')"),
        )
        batch_op.create_index(batch_op.f("ix_definitions_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "issuer_instances",
        sa.Column("identity_id", sa.String(), nullable=False),
        sa.Column("cryptosuite", sa.String(), nullable=False),
        sa.Column("algorithm", sa.String(), nullable=False),
        sa.Column("has_status", sa.Boolean(), nullable=False),
        sa.Column("suspendable", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["issuers.id"], name=op.f("fk_issuer_instances_identity_id_issuers")
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_issuer_instances_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuer_instances")),
        sa.UniqueConstraint("identity_id", name=op.f("uq_issuer_instances_identity_id")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_issuer_instances_issuer_id_id")),
    )
    with op.batch_alter_table("issuer_instances", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issuer_instances_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column(
            "payload",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("dedupe_key", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("run_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_jobs_issuer_id_issuers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_jobs_dedupe_key")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_jobs_issuer_id_id")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_due", ["status", "run_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_jobs_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "learners",
        sa.Column("namespace", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("did", sa.String(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts_seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_learners_issuer_id_issuers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learners")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_learners_issuer_id_id")),
        sa.UniqueConstraint(
            "issuer_id", "namespace", "external_id", name=op.f("uq_learners_issuer_id_namespace_external_id")
        ),
    )
    with op.batch_alter_table("learners", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_learners_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "signing_keys",
        sa.Column("algorithm", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column(
            "public_jwk",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("backend", sa.String(), nullable=False),
        sa.Column("handle", sa.LargeBinary(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("compromised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_signing_keys_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_signing_keys_issuer_id_id")),
        sa.UniqueConstraint("kid", name=op.f("uq_signing_keys_kid")),
    )
    with op.batch_alter_table("signing_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signing_keys_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index(
            "ix_signing_keys_one_active",
            ["issuer_id", "algorithm"],
            unique=True,
            sqlite_where=sa.text("status = 'active'"),
            postgresql_where=sa.text("status = 'active'"),
        )

    op.create_table(
        "status_lists",
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("published_changes", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_status_lists_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_lists")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_status_lists_issuer_id_id")),
    )
    with op.batch_alter_table("status_lists", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_status_lists_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "approvals",
        sa.Column("content_id", sa.String(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retroactive", sa.Boolean(), nullable=False),
        sa.Column("hub", sa.String(), nullable=True),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawal_reason", sa.String(), nullable=True),
        sa.Column("recalled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "content_id"],
            ["definitions.issuer_id", "definitions.id"],
            name=op.f("fk_approvals_issuer_id_content_id_definitions"),
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_approvals_issuer_id_issuers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_approvals_issuer_id_id")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approvals_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "definition_versions",
        sa.Column("definition_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column(
            "document",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column(
            "extras",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("retires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "definition_id"],
            ["definitions.issuer_id", "definitions.id"],
            name=op.f("fk_definition_versions_issuer_id_definition_id_definitions"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_definition_versions_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definition_versions")),
        sa.UniqueConstraint(
            "definition_id", "version", name=op.f("uq_definition_versions_definition_id_version")
        ),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_definition_versions_issuer_id_id")),
    )
    with op.batch_alter_table("definition_versions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_definition_versions_earned",
            ["public_key", "version"],
            unique=True,
            sqlite_where=sa.text("kind IN ('passport', 'series')"),
            postgresql_where=sa.text("kind IN ('passport', 'series')"),
        )
        batch_op.create_index(batch_op.f("ix_definition_versions_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index("ix_definition_versions_public", ["kind", "public_key", "version"], unique=True)

    op.create_table(
        "evidence",
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("assurance", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "learner_id"],
            ["learners.issuer_id", "learners.id"],
            name=op.f("fk_evidence_issuer_id_learner_id_learners"),
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_evidence_issuer_id_issuers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_evidence_issuer_id_id")),
        sa.UniqueConstraint("learner_id", "fingerprint", name=op.f("uq_evidence_learner_id_fingerprint")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index("ix_evidence_queue", ["issuer_id", "status", "id"], unique=False)

    op.create_table(
        "partnerships",
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("plan_year", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("dormant_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "document",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "learner_id"],
            ["learners.issuer_id", "learners.id"],
            name=op.f("fk_partnerships_issuer_id_learner_id_learners"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_partnerships_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnerships")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_partnerships_issuer_id_id")),
        sa.UniqueConstraint(
            "learner_id",
            "plan_year",
            "organisation",
            name=op.f("uq_partnerships_learner_id_plan_year_organisation"),
        ),
        sa.UniqueConstraint(
            "learner_id", "plan_year", "priority", name=op.f("uq_partnerships_learner_id_plan_year_priority")
        ),
    )
    with op.batch_alter_table("partnerships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partnerships_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index("ix_partnerships_stage", ["issuer_id", "stage", "id"], unique=False)

    op.create_table(
        "status_entries",
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_set", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "list_id"],
            ["status_lists.issuer_id", "status_lists.id"],
            name=op.f("fk_status_entries_issuer_id_list_id_status_lists"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_status_entries_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_entries")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_status_entries_issuer_id_id")),
        sa.UniqueConstraint("list_id", "position", name=op.f("uq_status_entries_list_id_position")),
    )
    with op.batch_alter_table("status_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_status_entries_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "tokens",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column(
            "scopes",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("learner_id", sa.String(), nullable=True),
        sa.Column(
            "positions",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("secret_sha256", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "learner_id"],
            ["learners.issuer_id", "learners.id"],
            name=op.f("fk_tokens_issuer_id_learner_id_learners"),
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_tokens_issuer_id_issuers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_tokens_issuer_id_id")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_tokens_secret_sha256")),
    )
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tokens_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "enrolments",
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("passport_id", sa.String(), nullable=False),
        sa.Column("passport_version_id", sa.String(), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("renews", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completion_holds_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_because", sa.String(), nullable=True),
        sa.Column("stale_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "learner_id"],
            ["learners.issuer_id", "learners.id"],
            name=op.f("fk_enrolments_issuer_id_learner_id_learners"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id", "passport_id"],
            ["definitions.issuer_id", "definitions.id"],
            name=op.f("fk_enrolments_issuer_id_passport_id_definitions"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id", "passport_version_id"],
            ["definition_versions.issuer_id", "definition_versions.id"],
            name=op.f("fk_enrolments_issuer_id_passport_version_id_definition_versions"),
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_enrolments_issuer_id_issuers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_enrolments_issuer_id_id")),
        sa.UniqueConstraint(
            "learner_id", "passport_id", "cycle", name=op.f("uq_enrolments_learner_id_passport_id_cycle")
        ),
    )
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.create_index("ix_enrolments_held", ["completion_holds_until"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrolments_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index("ix_enrolments_stale", ["stale_since"], unique=False)
        batch_op.create_index("ix_enrolments_version", ["passport_version_id", "status", "id"], unique=False)

    op.create_table(
        "evidence_mentions",
        sa.Column("evidence_id", sa.String(), nullable=False),
        sa.Column(
            "document",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("assurance", sa.String(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "evidence_id"],
            ["evidence.issuer_id", "evidence.id"],
            name=op.f("fk_evidence_mentions_issuer_id_evidence_id_evidence"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_evidence_mentions_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_mentions")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_evidence_mentions_issuer_id_id")),
    )
    with op.batch_alter_table("evidence_mentions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_mentions_evidence_id"), ["evidence_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_mentions_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "evidence_revisions",
        sa.Column("evidence_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "document",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "evidence_id"],
            ["evidence.issuer_id", "evidence.id"],
            name=op.f("fk_evidence_revisions_issuer_id_evidence_id_evidence"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_evidence_revisions_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_revisions")),
        sa.UniqueConstraint("evidence_id", "number", name=op.f("uq_evidence_revisions_evidence_id_number")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_evidence_revisions_issuer_id_id")),
    )
    with op.batch_alter_table("evidence_revisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_revisions_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "evidence_subjects",
        sa.Column("evidence_id", sa.String(), nullable=False),
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "evidence_id"],
            ["evidence.issuer_id", "evidence.id"],
            name=op.f("fk_evidence_subjects_issuer_id_evidence_id_evidence"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id", "learner_id"],
            ["learners.issuer_id", "learners.id"],
            name=op.f("fk_evidence_subjects_issuer_id_learner_id_learners"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_evidence_subjects_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_subjects")),
        sa.UniqueConstraint("evidence_id", "word", name=op.f("uq_evidence_subjects_evidence_id_word")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_evidence_subjects_issuer_id_id")),
    )
    with op.batch_alter_table("evidence_subjects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_subjects_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index(
            "ix_evidence_subjects_word", ["issuer_id", "word", "learner_id", "evidence_id"], unique=False
        )

    op.create_table(
        "evidence_transitions",
        sa.Column("evidence_id", sa.String(), nullable=False),
        sa.Column("from_status", sa.String(), nullable=True),
        sa.Column("to_status", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "evidence_id"],
            ["evidence.issuer_id", "evidence.id"],
            name=op.f("fk_evidence_transitions_issuer_id_evidence_id_evidence"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_evidence_transitions_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_transitions")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_evidence_transitions_issuer_id_id")),
    )
    with op.batch_alter_table("evidence_transitions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_evidence_transitions_evidence_id"), ["evidence_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_evidence_transitions_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "idempotency_records",
        sa.Column("token_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_sha256", sa.String(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("response_status", sa.Integer(), nullable=True),
        sa.Column(
            "response_headers",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=True,
        ),
        sa.Column("sealed_body", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "token_id"],
            ["tokens.issuer_id", "tokens.id"],
            name=op.f("fk_idempotency_records_issuer_id_token_id_tokens"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_idempotency_records_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_records")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_idempotency_records_issuer_id_id")),
        sa.UniqueConstraint("token_id", "key", name=op.f("uq_idempotency_records_token_id_key")),
    )
    with op.batch_alter_table("idempotency_records", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_records_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "instance_credentials",
        sa.Column("credential_id", sa.String(), nullable=True),
        sa.Column("request_sha256", sa.String(), nullable=True),
        sa.Column("revocation_entry_id", sa.String(), nullable=True),
        sa.Column("suspension_entry_id", sa.String(), nullable=True),
        sa.Column("proof_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unsigned_sha256", sa.String(), nullable=False),
        sa.Column("secured_sha256", sa.String(), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "revocation_entry_id"],
            ["status_entries.issuer_id", "status_entries.id"],
            name=op.f("fk_instance_credentials_issuer_id_revocation_entry_id_status_entries"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id", "suspension_entry_id"],
            ["status_entries.issuer_id", "status_entries.id"],
            name=op.f("fk_instance_credentials_issuer_id_suspension_entry_id_status_entries"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_instance_credentials_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance_credentials")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_instance_credentials_issuer_id_id")),
        sa.UniqueConstraint(
            "issuer_id", "request_sha256", name=op.f("uq_instance_credentials_issuer_id_request_sha256")
        ),
        sa.UniqueConstraint("revocation_entry_id", name=op.f("uq_instance_credentials_revocation_entry_id")),
        sa.UniqueConstraint("suspension_entry_id", name=op.f("uq_instance_credentials_suspension_entry_id")),
    )
    with op.batch_alter_table("instance_credentials", schema=None) as batch_op:
        batch_op.create_index("ix_instance_credentials_by_name", ["issuer_id", "credential_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_instance_credentials_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "partnership_revisions",
        sa.Column("partnership_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column(
            "document",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "partnership_id"],
            ["partnerships.issuer_id", "partnerships.id"],
            name=op.f("fk_partnership_revisions_issuer_id_partnership_id_partnerships"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_partnership_revisions_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership_revisions")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_partnership_revisions_issuer_id_id")),
        sa.UniqueConstraint(
            "partnership_id", "number", name=op.f("uq_partnership_revisions_partnership_id_number")
        ),
    )
    with op.batch_alter_table("partnership_revisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_partnership_revisions_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "reviews",
        sa.Column("evidence_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column(
            "levels",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "alignments",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "evidence_id"],
            ["evidence.issuer_id", "evidence.id"],
            name=op.f("fk_reviews_issuer_id_evidence_id_evidence"),
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_reviews_issuer_id_issuers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint(
            "evidence_id", "revision", "reviewer", name=op.f("uq_reviews_evidence_id_revision_reviewer")
        ),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_reviews_issuer_id_id")),
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviews_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "upgrade_sweeps",
        sa.Column("version_id", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("examined", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "version_id"],
            ["definition_versions.issuer_id", "definition_versions.id"],
            name=op.f("fk_upgrade_sweeps_issuer_id_version_id_definition_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_upgrade_sweeps_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upgrade_sweeps")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_upgrade_sweeps_issuer_id_id")),
        sa.UniqueConstraint("version_id", "policy", name=op.f("uq_upgrade_sweeps_version_id_policy")),
    )
    with op.batch_alter_table("upgrade_sweeps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upgrade_sweeps_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "version_checks",
        sa.Column("version_id", sa.String(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "findings",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "version_id"],
            ["definition_versions.issuer_id", "definition_versions.id"],
            name=op.f("fk_version_checks_issuer_id_version_id_definition_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_version_checks_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_checks")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_version_checks_issuer_id_id")),
        sa.UniqueConstraint("version_id", name=op.f("uq_version_checks_version_id")),
    )
    with op.batch_alter_table("version_checks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_version_checks_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "version_selectors",
        sa.Column("version_id", sa.String(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "version_id"],
            ["definition_versions.issuer_id", "definition_versions.id"],
            name=op.f("fk_version_selectors_issuer_id_version_id_definition_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_version_selectors_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_selectors")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_version_selectors_issuer_id_id")),
        sa.UniqueConstraint("version_id", "word", name=op.f("uq_version_selectors_version_id_word")),
    )
    with op.batch_alter_table("version_selectors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_version_selectors_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index("ix_version_selectors_word", ["issuer_id", "word"], unique=False)

    op.create_table(
        "evaluations",
        sa.Column("enrolment_id", sa.String(), nullable=False),
        sa.Column("milestone", sa.String(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column(
            "document",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "enrolment_id"],
            ["enrolments.issuer_id", "enrolments.id"],
            name=op.f("fk_evaluations_issuer_id_enrolment_id_enrolments"),
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_evaluations_issuer_id_issuers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_evaluations_issuer_id_id")),
    )
    with op.batch_alter_table("evaluations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evaluations_enrolment_id"), ["enrolment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evaluations_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "exception_proposals",
        sa.Column("enrolment_id", sa.String(), nullable=False),
        sa.Column(
            "document",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("accept_loss", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "enrolment_id"],
            ["enrolments.issuer_id", "enrolments.id"],
            name=op.f("fk_exception_proposals_issuer_id_enrolment_id_enrolments"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_exception_proposals_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exception_proposals")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_exception_proposals_issuer_id_id")),
    )
    with op.batch_alter_table("exception_proposals", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_exception_proposals_enrolment_id"), ["enrolment_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_exception_proposals_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "snapshots",
        sa.Column("enrolment_id", sa.String(), nullable=False),
        sa.Column("version_id", sa.String(), nullable=False),
        sa.Column("facts_seq", sa.Integer(), nullable=False),
        sa.Column("catalogue_seq", sa.Integer(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("next_change_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "document",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "enrolment_id"],
            ["enrolments.issuer_id", "enrolments.id"],
            name=op.f("fk_snapshots_issuer_id_enrolment_id_enrolments"),
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_snapshots_issuer_id_issuers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshots")),
        sa.UniqueConstraint("enrolment_id", name=op.f("uq_snapshots_enrolment_id")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_snapshots_issuer_id_id")),
    )
    with op.batch_alter_table("snapshots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_snapshots_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index("ix_snapshots_next_change", ["next_change_at"], unique=False)

    op.create_table(
        "credentials",
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("enrolment_id", sa.String(), nullable=False),
        sa.Column("milestone", sa.String(), nullable=False),
        sa.Column("evaluation_id", sa.String(), nullable=False),
        sa.Column("evaluation_digest", sa.String(), nullable=False),
        sa.Column("signing_key_id", sa.String(), nullable=False),
        sa.Column("jwt_key_id", sa.String(), nullable=False),
        sa.Column("status_entry_id", sa.String(), nullable=False),
        sa.Column("suspension_entry_id", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("achievement", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("unsigned", sa.LargeBinary(), nullable=False),
        sa.Column("unsigned_sha256", sa.String(), nullable=False),
        sa.Column("proof_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("jwt", sa.String(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspension_reason", sa.String(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revocation_reason", sa.String(), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "enrolment_id"],
            ["enrolments.issuer_id", "enrolments.id"],
            name=op.f("fk_credentials_issuer_id_enrolment_id_enrolments"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id", "evaluation_id"],
            ["evaluations.issuer_id", "evaluations.id"],
            name=op.f("fk_credentials_issuer_id_evaluation_id_evaluations"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id", "jwt_key_id"],
            ["signing_keys.issuer_id", "signing_keys.id"],
            name=op.f("fk_credentials_issuer_id_jwt_key_id_signing_keys"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id", "learner_id"],
            ["learners.issuer_id", "learners.id"],
            name=op.f("fk_credentials_issuer_id_learner_id_learners"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id", "signing_key_id"],
            ["signing_keys.issuer_id", "signing_keys.id"],
            name=op.f("fk_credentials_issuer_id_signing_key_id_signing_keys"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id", "status_entry_id"],
            ["status_entries.issuer_id", "status_entries.id"],
            name=op.f("fk_credentials_issuer_id_status_entry_id_status_entries"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id", "suspension_entry_id"],
            ["status_entries.issuer_id", "status_entries.id"],
            name=op.f("fk_credentials_issuer_id_suspension_entry_id_status_entries"),
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_credentials_issuer_id_issuers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credentials")),
        sa.UniqueConstraint("enrolment_id", "milestone", name=op.f("uq_credentials_enrolment_id_milestone")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_credentials_issuer_id_id")),
        sa.UniqueConstraint("status_entry_id", name=op.f("uq_credentials_status_entry_id")),
        sa.UniqueConstraint("suspension_entry_id", name=op.f("uq_credentials_suspension_entry_id")),
        sa.UniqueConstraint("url", name=op.f("uq_credentials_url")),
    )
    with op.batch_alter_table("credentials", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credentials_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_credentials_issuer_id_achievement"), ["issuer_id", "achievement"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_credentials_issuer_id_issued_at_id"),
            ["issuer_id", "issued_at", "id"],
            unique=False,
        )

    op.create_table(
        "exception_decisions",
        sa.Column("proposal_id", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "proposal_id"],
            ["exception_proposals.issuer_id", "exception_proposals.id"],
            name=op.f("fk_exception_decisions_issuer_id_proposal_id_exception_proposals"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_exception_decisions_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exception_decisions")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_exception_decisions_issuer_id_id")),
        sa.UniqueConstraint(
            "proposal_id", "decision", name=op.f("uq_exception_decisions_proposal_id_decision")
        ),
    )
    with op.batch_alter_table("exception_decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exception_decisions_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "issue_approvals",
        sa.Column("enrolment_id", sa.String(), nullable=False),
        sa.Column("milestone", sa.String(), nullable=False),
        sa.Column("evaluation_id", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.Column("revocation_reason", sa.String(), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "enrolment_id"],
            ["enrolments.issuer_id", "enrolments.id"],
            name=op.f("fk_issue_approvals_issuer_id_enrolment_id_enrolments"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id", "evaluation_id"],
            ["evaluations.issuer_id", "evaluations.id"],
            name=op.f("fk_issue_approvals_issuer_id_evaluation_id_evaluations"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_issue_approvals_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_approvals")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_issue_approvals_issuer_id_id")),
    )
    with op.batch_alter_table("issue_approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_issue_approvals_enrolment_id"), ["enrolment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issue_approvals_evaluation_id"), ["evaluation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_issue_approvals_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "cases",
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("cause_kind", sa.String(), nullable=False),
        sa.Column("cause_id", sa.String(), nullable=False),
        sa.Column("cause_reason", sa.String(), nullable=True),
        sa.Column(
            "replay",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "credential_id"],
            ["credentials.issuer_id", "credentials.id"],
            name=op.f("fk_cases_issuer_id_credential_id_credentials"),
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuers.id"], name=op.f("fk_cases_issuer_id_issuers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint(
            "credential_id", "cause_kind", "cause_id", name=op.f("uq_cases_credential_id_cause_kind_cause_id")
        ),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_cases_issuer_id_id")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_issuer_id"), ["issuer_id"], unique=False)
        batch_op.create_index("ix_cases_queue", ["issuer_id", "status", "id"], unique=False)

    op.create_table(
        "credential_corrections",
        sa.Column("credential_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("achievement", sa.String(), nullable=False),
        sa.Column("signing_key_id", sa.String(), nullable=False),
        sa.Column("jwt_key_id", sa.String(), nullable=False),
        sa.Column("unsigned", sa.LargeBinary(), nullable=False),
        sa.Column("unsigned_sha256", sa.String(), nullable=False),
        sa.Column("proof_created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_document", sa.LargeBinary(), nullable=True),
        sa.Column("replaced_jwt", sa.String(), nullable=True),
        sa.Column("replaced_valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "credential_id"],
            ["credentials.issuer_id", "credentials.id"],
            name=op.f("fk_credential_corrections_issuer_id_credential_id_credentials"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id", "jwt_key_id"],
            ["signing_keys.issuer_id", "signing_keys.id"],
            name=op.f("fk_credential_corrections_issuer_id_jwt_key_id_signing_keys"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id", "signing_key_id"],
            ["signing_keys.issuer_id", "signing_keys.id"],
            name=op.f("fk_credential_corrections_issuer_id_signing_key_id_signing_keys"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_credential_corrections_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential_corrections")),
        sa.UniqueConstraint(
            "credential_id", "number", name=op.f("uq_credential_corrections_credential_id_number")
        ),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_credential_corrections_issuer_id_id")),
    )
    with op.batch_alter_table("credential_corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credential_corrections_issuer_id"), ["issuer_id"], unique=False)

    op.create_table(
        "case_decisions",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issuer_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id", "case_id"],
            ["cases.issuer_id", "cases.id"],
            name=op.f("fk_case_decisions_issuer_id_case_id_cases"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"], ["issuers.id"], name=op.f("fk_case_decisions_issuer_id_issuers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_decisions")),
        sa.UniqueConstraint("case_id", "outcome", name=op.f("uq_case_decisions_case_id_outcome")),
        sa.UniqueConstraint("issuer_id", "id", name=op.f("uq_case_decisions_issuer_id_id")),
    )
    with op.batch_alter_table("case_decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_decisions_issuer_id"), ["issuer_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("case_decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_decisions_issuer_id"))

    op.drop_table("case_decisions")
    with op.batch_alter_table("credential_corrections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credential_corrections_issuer_id"))

    op.drop_table("credential_corrections")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index("ix_cases_queue")
        batch_op.drop_index(batch_op.f("ix_cases_issuer_id"))

    op.drop_table("cases")
    with op.batch_alter_table("issue_approvals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issue_approvals_issuer_id"))
        batch_op.drop_index(batch_op.f("ix_issue_approvals_evaluation_id"))
        batch_op.drop_index(batch_op.f("ix_issue_approvals_enrolment_id"))

    op.drop_table("issue_approvals")
    with op.batch_alter_table("exception_decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exception_decisions_issuer_id"))

    op.drop_table("exception_decisions")
    with op.batch_alter_table("credentials", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credentials_issuer_id_issued_at_id"))
        batch_op.drop_index(batch_op.f("ix_credentials_issuer_id_achievement"))
        batch_op.drop_index(batch_op.f("ix_credentials_issuer_id"))

    op.drop_table("credentials")
    with op.batch_alter_table("snapshots", schema=None) as batch_op:
        batch_op.drop_index("ix_snapshots_next_change")
        batch_op.drop_index(batch_op.f("ix_snapshots_issuer_id"))

    op.drop_table("snapshots")
    with op.batch_alter_table("exception_proposals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exception_proposals_issuer_id"))
        batch_op.drop_index(batch_op.f("ix_exception_proposals_enrolment_id"))

    op.drop_table("exception_proposals")
    with op.batch_alter_table("evaluations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evaluations_issuer_id"))
        batch_op.drop_index(batch_op.f("ix_evaluations_enrolment_id"))

    op.drop_table("evaluations")
    with op.batch_alter_table("version_selectors", schema=None) as batch_op:
        batch_op.drop_index("ix_version_selectors_word")
        batch_op.drop_index(batch_op.f("ix_version_selectors_issuer_id"))

    op.drop_table("version_selectors")
    with op.batch_alter_table("version_checks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_version_checks_issuer_id"))

    op.drop_table("version_checks")
    with op.batch_alter_table("upgrade_sweeps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_upgrade_sweeps_issuer_id"))

    op.drop_table("upgrade_sweeps")
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reviews_issuer_id"))

    op.drop_table("reviews")
    with op.batch_alter_table("partnership_revisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_partnership_revisions_issuer_id"))

    op.drop_table("partnership_revisions")
    with op.batch_alter_table("instance_credentials", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_instance_credentials_issuer_id"))
        batch_op.drop_index("ix_instance_credentials_by_name")

    op.drop_table("instance_credentials")
    with op.batch_alter_table("idempotency_records", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_records_issuer_id"))

    op.drop_table("idempotency_records")
    with op.batch_alter_table("evidence_transitions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_transitions_issuer_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_transitions_evidence_id"))

    op.drop_table("evidence_transitions")
    with op.batch_alter_table("evidence_subjects", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_subjects_word")
        batch_op.drop_index(batch_op.f("ix_evidence_subjects_issuer_id"))

    op.drop_table("evidence_subjects")
    with op.batch_alter_table("evidence_revisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_revisions_issuer_id"))

    op.drop_table("evidence_revisions")
    with op.batch_alter_table("evidence_mentions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_mentions_issuer_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_mentions_evidence_id"))

    op.drop_table("evidence_mentions")
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.drop_index("ix_enrolments_version")
        batch_op.drop_index("ix_enrolments_stale")
        batch_op.drop_index(batch_op.f("ix_enrolments_issuer_id"))
        batch_op.drop_index("ix_enrolments_held")

    op.drop_table("enrolments")
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tokens_issuer_id"))

    op.drop_table("tokens")
    with op.batch_alter_table("status_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_status_entries_issuer_id"))

    op.drop_table("status_entries")
    with op.batch_alter_table("partnerships", schema=None) as batch_op:
        batch_op.drop_index("ix_partnerships_stage")
        batch_op.drop_index(batch_op.f("ix_partnerships_issuer_id"))

    op.drop_table("partnerships")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index("ix_evidence_queue")
        batch_op.drop_index(batch_op.f("ix_evidence_issuer_id"))

    op.drop_table("evidence")
    with op.batch_alter_table("definition_versions", schema=None) as batch_op:
        batch_op.drop_index("ix_definition_versions_public")
        batch_op.drop_index(batch_op.f("ix_definition_versions_issuer_id"))
        batch_op.drop_index(
            "ix_definition_versions_earned",
            sqlite_where=sa.text("kind IN ('passport', 'series')"),
            postgresql_where=sa.text("kind IN ('passport', 'series')"),
        )

    op.drop_table("definition_versions")
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approvals_issuer_id"))

    op.drop_table("approvals")
    with op.batch_alter_table("status_lists", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_status_lists_issuer_id"))

    op.drop_table("status_lists")
    with op.batch_alter_table("signing_keys", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_signing_keys_one_active",
            sqlite_where=sa.text("status = 'active'"),
            postgresql_where=sa.text("status = 'active'"),
        )
        batch_op.drop_index(batch_op.f("ix_signing_keys_issuer_id"))

    op.drop_table("signing_keys")
    with op.batch_alter_table("learners", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_learners_issuer_id"))

    op.drop_table("learners")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobs_issuer_id"))
        batch_op.drop_index("ix_jobs_due")

    op.drop_table("jobs")
    with op.batch_alter_table("issuer_instances", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_issuer_instances_issuer_id"))

    op.drop_table("issuer_instances")
    with op.batch_alter_table("definitions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_definitions_issuer_id"))
        batch_op.drop_index(
            "ix_definitions_earned",
            sqlite_where=sa.text("kind IN ('passport', 'series')"),
            postgresql_where=sa.text("kind IN ('passport', 'series')"),
        )

    op.drop_table("definitions")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_events_issuer_id_thing_thing_id"))
        batch_op.drop_index(batch_op.f("ix_audit_events_issuer_id"))

    op.drop_table("audit_events")
    op.drop_table("issuers")
