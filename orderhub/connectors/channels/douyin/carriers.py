"""Which code does Doudian have for a carrier? 圆通 stands in the contracts, the others are as generally used."""

from orderhub.domain.words import Carrier

CARRIERS = {
    Carrier.SF: "shunfeng",
    Carrier.ZTO: "zhongtong",
    Carrier.YTO: "yuantong",
    Carrier.STO: "shentong",
    Carrier.YUNDA: "yunda",
    Carrier.JD: "jd",
    Carrier.EMS: "ems",
    Carrier.POST: "youzhengguonei",
}
