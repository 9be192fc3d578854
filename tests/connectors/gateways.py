"""The platforms' gateways in miniature, one line each: what the contract suite runs against."""

from orderhub.domain.words import Channel

from .douyin_gateway import DouyinGateway
from .gateway import Gateway
from .jd_gateway import JdGateway
from .miniprogram_gateway import MiniprogramGateway
from .pinduoduo_gateway import PinduoduoGateway
from .taobao_gateway import TaobaoGateway

GATEWAYS: dict[Channel, type[Gateway]] = {
    Channel.TAOBAO: TaobaoGateway,
    Channel.DOUYIN: DouyinGateway,
    Channel.JD: JdGateway,
    Channel.PINDUODUO: PinduoduoGateway,
    Channel.MINIPROGRAM: MiniprogramGateway,
}
