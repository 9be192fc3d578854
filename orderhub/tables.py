"""Every table in one import, for Alembic and tests."""

import orderhub.access.api_keys
import orderhub.access.first_start
import orderhub.access.recovery
import orderhub.access.sessions
import orderhub.access.sign_in
import orderhub.access.throttle
import orderhub.access.users
import orderhub.automation.outbox
import orderhub.automation.workflow_run
import orderhub.domain.aftersale
import orderhub.domain.anomaly
import orderhub.domain.custom_field
import orderhub.domain.former
import orderhub.domain.hold
import orderhub.domain.ledger
import orderhub.domain.mapped
import orderhub.domain.order
import orderhub.domain.order_stock
import orderhub.domain.payment
import orderhub.domain.repayment
import orderhub.domain.reservation
import orderhub.domain.rules.ruling
import orderhub.domain.rules.versions
import orderhub.domain.shipping_upload
import orderhub.domain.shop
import orderhub.domain.sku
import orderhub.domain.stock
import orderhub.domain.task
import orderhub.intake.files.imports
import orderhub.intake.inbox
import orderhub.intake.mapping.rerun
import orderhub.intake.mapping.source_fields
import orderhub.intake.mapping.versions
import orderhub.intake.posted
import orderhub.kernel.eventlog
import orderhub.kernel.job_runs  # noqa: F401
