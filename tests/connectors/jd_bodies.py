"""Bodies as JD sends them, built by hand from the field tables and captures; every person in them is invented."""

from typing import Any

NAME = "AAS/TESTTESTTESTTESTTESTname+/AAAA="
ADDRESS = "AAS/TESTTESTTESTTESTTESTaddress+/AAAABBBB=="


def order(**changes: Any) -> dict[str, Any]:
    return {
        "orderId": "900000000001",
        "venderId": "12345",
        "orderType": "22",
        "payType": "4-在线支付",
        "orderState": "WAIT_SELLER_STOCK_OUT",
        "orderStateRemark": "等待出库",
        "orderTotalPrice": "277.00",
        "sellerDiscount": "6.50",
        "orderSellerPrice": "270.50",
        "orderPayment": "248.50",
        "balanceUsed": "20.00",
        "freightPrice": "8.00",
        "couponDetailList": [{"orderId": "900000000001", "couponType": "34-京券优惠", "couponPrice": "10.00"}],
        "orderRemark": "急发",
        "venderRemark": "",
        "flag": "",
        "orderStartTime": "2026-11-24 09:00:00",
        "paymentConfirmTime": "2026-11-24 09:01:00",
        "orderEndTime": "0001-01-01 00:00:00",
        "modified": "2026-11-24 09:01:00",
        "outBoundDate": "0001-01-01 00:00:00",
        "waybill": "",
        "logisticsId": "",
        "pin": "jd_test",
        "open_id_buyer": "TESTOPENIDBUYER",
        "consigneeInfo": {
            "fullname": NAME,
            "fullAddress": ADDRESS,
            "mobile": "138*******0",
            "telephone": "138*******0",
            "province": "广东",
            "city": "广州市",
            "county": "海珠区",
            "town": "赤岗街道",
            "desen_mobile": "TESTINDEXTESTINDEX",
        },
        "itemInfoList": [
            {
                "id": 228886533499,
                "skuId": "10054887745652",
                "outerSkuId": "A-18&B-C1*4",
                "skuName": "收纳达人组合装",
                "jdPrice": "138.50",
                "itemTotal": "2",
                "wareId": "10020665903516",
                "giftPoint": "0",
                "newStoreId": "0",
            }
        ],
        **changes,
    }


def item(**changes: Any) -> dict[str, Any]:
    return {**order()["itemInfoList"][0], **changes}


def application(**changes: Any) -> dict[str, Any]:
    return {
        "id": 1000399977,
        "orderId": "900000000001",
        "status": 0,
        "applyRefundSum": 24850,
        "applyTime": "2026-11-24 09:30:00",
        "modified": "2026-11-24 09:31:00",
        "buyerId": "jd_test",
        "buyerName": "测试买家",
        "reason": "商品错选/多选",
        "systemId": 11,
        **changes,
    }


def service_row(**changes: Any) -> dict[str, Any]:
    return {
        "serviceId": 724578811,
        "orderId": 900000000001,
        "customerExpect": 10,
        "customerExpectName": "退货",
        "serviceStatus": 10001,
        "serviceStatusName": "待审核",
        "applyTime": 1795484000000,
        "updateTime": 1795484400000,
        "customerPin": "jd_test",
        "customerName": "测试买家",
        "customerTel": "13800000000",
        "pickwareAddress": "测试路1号101室",
        "skuId": 10054887745652,
        "serviceCount": 1,
        "questionTypeCid1Name": "七天无理由",
        **changes,
    }


def service_view(**changes: Any) -> dict[str, Any]:
    return {
        "serviceId": 724578811,
        "orderId": 900000000001,
        "serviceStatus": 10001,
        "questionDesc": "买错了",
        "questionPic": "https://img.example.invalid/1.jpg",
        "serviceBillDetailList": [{"skuId": 10054887745652, "wareNum": 1, "payPrice": 277, "actualPayPrice": "124.25"}],
        "customerInfo": {"jdPin": "jd_test", "name": "测试买家", "contactInfo": {"contactMobile": "13800000000"}},
        "pickwareAddress": {"detailAddress": "测试路1号101室"},
        **changes,
    }


def service(**changes: Any) -> dict[str, Any]:
    return {"service": service_row(**changes), "detail": service_view()}
