"""Which shop does a message or a file that came in belong to?"""

from orderhub.intake.files.imports import FileImport
from orderhub.intake.inbox import InboxMessage
from orderhub.kernel.owned import SUBJECTS, among, everybodys, everybodys_subjects, own

own(InboxMessage, shops=among("shop_id"))
own(
    FileImport,
    shops=among("shop_id"),
    given=lambda columns, name: (columns.shop_id.is_(None)) & (columns.by == name),
)

SUBJECTS.update({"message": InboxMessage, "import": FileImport})
everybodys_subjects("a mapping is its channel's", "mapping_version", "mapping_rerun", "source_field")

everybodys("a mapping is its channel's", "mapping_version", "mapping_rerun", "source_field", "source_learning")
everybodys("names of columns, without an order's data", "known_header")
everybodys("at which level the whole hub is", "pressure_level", "pressure_sample", "pressure_goes_on")
everybodys_subjects("at which level the whole hub is", "pressure")
everybodys("marks of what was posted, read by the hub alone", "idempotency_key")
everybodys("how the broker's queues were declared", "broker_topology")
