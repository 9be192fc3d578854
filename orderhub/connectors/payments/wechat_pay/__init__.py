"""WeChat Pay, API v3, for a merchant of its own."""

from orderhub.connectors.payments.wechat_pay.client import WechatPay, connect
from orderhub.connectors.payments.wechat_pay.contract import (
    PayCredentials,
    PayKeyring,
    RepaymentWish,
    check_credentials,
)

__all__ = ["PayCredentials", "PayKeyring", "RepaymentWish", "WechatPay", "check_credentials", "connect"]
