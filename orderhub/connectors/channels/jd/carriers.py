"""Which number does JD have for a carrier? As generally used; the contracts have none of them: check before relying."""

from orderhub.domain.words import Carrier

CARRIERS = {
    Carrier.SF: "467",
    Carrier.ZTO: "1499",
    Carrier.YTO: "463",
    Carrier.STO: "470",
    Carrier.YUNDA: "1327",
    Carrier.JD: "2087",
    Carrier.EMS: "465",
    Carrier.POST: "2170",
}
