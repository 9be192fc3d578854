"""Which tokens of a shop are good right now? Codes buy pairs, a refresh token buys the next pair."""

from dataclasses import dataclass, field

from orderhub.lab.shops import LabShop

LIFE_SECONDS = {"access": 7 * 86400, "refresh": 14 * 86400}
_RENEWABLE_SECONDS = 3600  # a refresh earlier than this before the end answers the same pair


@dataclass
class Tokens:
    """``previous_refresh`` stays good until the pair it bought is used: an answer may have been lost on its way."""

    shop: LabShop
    access: str
    refresh: str
    expires_at: int
    refresh_expires_at: int
    turn: int = 0
    previous_refresh: str = ""
    codes: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, shop: LabShop, now: int) -> "Tokens":
        return cls(
            shop=shop,
            access=shop.access_token,
            refresh=shop.refresh_token,
            expires_at=now + LIFE_SECONDS["access"],
            refresh_expires_at=now + LIFE_SECONDS["refresh"],
            codes={shop.auth_code},
        )

    def is_good(self, access: str, now: int) -> bool:
        if access != self.access or now >= self.expires_at:
            return False
        self.previous_refresh = ""
        return True

    def is_known(self, access: str) -> bool:
        """A token this shop was given once, however dead it is."""
        return access.startswith(f"lab-access-{self.shop.code}-")

    def expire(self, now: int) -> None:
        self.expires_at = min(self.expires_at, now)

    def buy(self, code: str, now: int) -> bool:
        """A code is good once; the shop's own demo code stays good, so that a demo can be set up again."""
        if code not in self.codes:
            return False
        if code != self.shop.auth_code:
            self.codes.discard(code)
        self._renew(now)
        return True

    def renew(self, refresh: str, now: int) -> bool:
        self._adopt(refresh)
        if refresh not in {self.refresh, self.previous_refresh} - {""} or now >= self.refresh_expires_at:
            return False
        if refresh == self.refresh and now >= self.expires_at - _RENEWABLE_SECONDS:
            self.previous_refresh = self.refresh
            self._renew(now)
        return True

    def _adopt(self, refresh: str) -> None:
        """A pair given by the lab before its last start, which forgot it: a hub that kept it may go on."""
        start, _, turn = refresh.rpartition("-")
        if start == f"lab-refresh-{self.shop.code}" and turn.isascii() and turn.isdigit() and int(turn) > self.turn:
            self.turn, self.refresh = int(turn), refresh
            self.expires_at = 0

    def _renew(self, now: int) -> None:
        self.turn += 1
        self.access = f"lab-access-{self.shop.code}-{self.turn}"
        self.refresh = f"lab-refresh-{self.shop.code}-{self.turn}"
        self.expires_at = now + LIFE_SECONDS["access"]
        self.refresh_expires_at = now + LIFE_SECONDS["refresh"]
