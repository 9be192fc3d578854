"""People for the tests of access."""

from collections.abc import Callable

from orderhub.access.sign_in import Visitor
from orderhub.access.users import User

PASSWORD = "kuaidi-zai-lushang-7"
OFFICE = Visitor("192.0.2.10", "test browser")

MakeUser = Callable[..., User]
