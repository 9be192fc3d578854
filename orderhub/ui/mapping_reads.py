"""What does the page of mappings read? Off the loop, each in a session of its own."""

from collections.abc import Mapping as Given

from orderhub.domain.words import Channel
from orderhub.intake.mapping.document import exported
from orderhub.intake.mapping.preview import last_payloads, previewed
from orderhub.intake.mapping.source_fields import path_samples
from orderhub.intake.mapping.versions import differences, specs, versions, working_version
from orderhub.kernel.db import reading
from orderhub.ui.live import Vars
from orderhub.ui.mapping_view import (
    EMPTY,
    DifferenceLine,
    PreviewLine,
    difference_lines,
    form_of,
    mapping_of,
    mapping_view,
    path_lines,
    preview_lines,
)


def load_mapping(channel: Channel) -> Vars:
    with reading() as session:
        return {"view": mapping_view(session, channel)}


def load_paths(channel: Channel) -> Vars:
    with reading() as session:
        bodies = [payload.body for payload in last_payloads(session, channel)]
    return {"paths": path_lines(path_samples(bodies))}


def load_form(channel: Channel, name: str) -> dict[str, str]:
    """The mapping called ``name`` as a form; an empty one where it has gone."""
    with reading() as session:
        version = working_version(session, channel)
    found = [one for one in version.mappings if one.name == name] if version else []
    return form_of(found[0]) if found else dict(EMPTY)


def load_preview(channel: Channel, form: Given[str, str]) -> list[PreviewLine]:
    """Raises: BadInput: the form is no mapping, beyond a name that is still missing."""
    if not form["path"].strip():
        return []
    mapping = mapping_of({**form, "name": form["name"].strip() or "…"})
    with reading() as session:
        payloads = last_payloads(session, channel, shop=mapping.shop)
        return preview_lines(previewed(mapping, specs(session), payloads))


def load_differences(channel: Channel, number: str) -> list[DifferenceLine]:
    with reading() as session:
        standing = {str(one.number): one for one in versions(session, channel, 50)}
        shown = working_version(session, channel)
        if number not in standing or shown is None:
            return []
        return difference_lines(differences(standing[number].mappings, shown.mappings))


def load_document(channel: Channel) -> str:
    with reading() as session:
        return exported(session, channel)
