"""Which code does TOP have for a carrier? As generally used; the answer of `taobao.logistics.companies.get` decides."""

from orderhub.domain.words import Carrier

CARRIERS = {
    Carrier.SF: "SF",
    Carrier.ZTO: "ZTO",
    Carrier.YTO: "YTO",
    Carrier.STO: "STO",
    Carrier.YUNDA: "YUNDA",
    Carrier.JD: "JD",
    Carrier.EMS: "EMS",
    Carrier.POST: "POSTB",
}
