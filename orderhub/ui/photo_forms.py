"""How does a photo of returned goods get from a phone to the hub, and to whom is it shown?"""

from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from orderhub.access.acting import acting
from orderhub.access.permissions import Permission
from orderhub.access.sessions import Signed
from orderhub.domain.photo import add_photo, photo_of
from orderhub.intake import photos
from orderhub.kernel.clock import utc_now
from orderhub.kernel.db import reading
from orderhub.kernel.errors import BadInput, NotFound
from orderhub.ui import plain
from orderhub.ui.inspection_view import PATH, PHOTO_PATH
from orderhub.ui.numbers import number_of
from orderhub.ui.signed_door import signed_door

# Always a JPEG of our own making: no browser may read it as anything else, or run what it finds.
_HEADERS = {
    "cache-control": "private, max-age=3600",
    "content-disposition": "inline",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


async def take_photo(request: Request, user: Signed) -> Response:
    """Keep it with its case, which is on the table again afterwards."""
    async with request.form(max_files=1, max_fields=3) as form:
        file, case_id = form.get("file"), number_of(str(form.get("case", "")))
        if not isinstance(file, UploadFile) or not file.filename or not file.size:
            raise BadInput("photo: choose one", field="photo", problem="photo_missing")
        if file.size > photos.MOST_BYTES:
            raise BadInput(f"photo: {file.size} bytes", field="photo", problem="photo_too_large")
        await run_in_threadpool(_kept, user, case_id, await file.read(), file.filename, utc_now())
    return plain.go(f"{PATH}?case={case_id}")


async def give_photo(request: Request, user: Signed) -> Response:
    mime, content = await run_in_threadpool(_photo, number_of(request.query_params.get("id", "")))
    return Response(content, media_type=mime, headers=_HEADERS)


def _kept(user: Signed, case_id: int, content: bytes, name: str, now: datetime) -> None:
    picture = photos.draw_anew(content)
    with acting(user, Permission.RETURN_INSPECT) as session:
        try:
            add_photo(session, case_id, picture, name, by=user.name, now=now)
        except NotFound as error:
            raise BadInput(str(error), field="case", problem="photo_no_case") from error
        photos.keep(picture)


def _photo(photo_id: int) -> tuple[str, bytes]:
    with reading() as session:
        photo = photo_of(session, photo_id)
        return photo.mime, photos.read(photo)


routes: list[Route] = [
    signed_door(take_photo, PHOTO_PATH, Permission.RETURN_INSPECT, page=PATH),
    signed_door(give_photo, PHOTO_PATH, Permission.AFTERSALE_READ, page="", method="GET"),
]
