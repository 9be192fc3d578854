"""Which shops does the lab keep? Keys, codes and tokens here are made up and open nothing."""

from dataclasses import dataclass

from orderhub.domain.words import Channel


@dataclass(frozen=True)
class LabShop:
    """``auth_code`` buys the first token pair; ``access_token`` and ``refresh_token`` are valid from the start.

    ``share`` is this shop's part of the arriving orders, against the shares of the others.
    """

    code: str
    channel: Channel
    name: str
    app_key: str
    app_secret: str
    shop_no: str
    auth_code: str
    access_token: str
    refresh_token: str
    share: int = 20


# How an application's key looks, by the shop's number.
_APP_KEYS = {
    Channel.TAOBAO: "1{:07d}",
    Channel.DOUYIN: "7{:018d}",
    Channel.JD: "{:032X}",
    Channel.PINDUODUO: "{:032x}",
    Channel.MINIPROGRAM: "wx{:016d}",
}


def demo_shop(code: str, channel: Channel, name: str, *, number: int, share: int) -> LabShop:
    return LabShop(
        code=code,
        channel=channel,
        name=name,
        app_key=_APP_KEYS[channel].format(number),
        app_secret=f"lab-secret-{code}",
        shop_no=f"{900000 + number}",
        auth_code=f"lab-code-{code}",
        access_token=f"lab-access-{code}-0",
        refresh_token=f"lab-refresh-{code}-0",
        share=share,
    )


DEMO_SHOPS: tuple[LabShop, ...] = (
    demo_shop("tb-flagship", Channel.TAOBAO, "测试收纳旗舰店", number=1, share=34),
    demo_shop("tb-home", Channel.TAOBAO, "测试家居生活馆", number=2, share=16),
    demo_shop("dy-flagship", Channel.DOUYIN, "测试收纳抖音旗舰店", number=3, share=28),
    demo_shop("dy-outlet", Channel.DOUYIN, "测试收纳折扣店", number=4, share=14),
    demo_shop("dy-live", Channel.DOUYIN, "测试家居直播间", number=5, share=8),
    demo_shop("jd-flagship", Channel.JD, "测试收纳京东旗舰店", number=6, share=20),
    demo_shop("pdd-flagship", Channel.PINDUODUO, "测试收纳拼多多店", number=8, share=20),
    demo_shop("mp-flagship", Channel.MINIPROGRAM, "测试收纳小程序", number=9, share=20),
)
