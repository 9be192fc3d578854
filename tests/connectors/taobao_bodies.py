"""Bodies as Taobao sends them, built by hand from the official field tables; every person in them is invented."""

from typing import Any


def trade(**changes: Any) -> dict[str, Any]:
    return {
        "tid": 9000000000000748675,
        "status": "WAIT_SELLER_SEND_GOODS",
        "type": "fixed",
        "payment": "120.50",
        "post_fee": "8.00",
        "total_fee": "119.00",
        "discount_fee": "6.50",
        "created": "2026-11-24 09:00:00",
        "pay_time": "2026-11-24 09:01:00",
        "modified": "2026-11-24 09:01:00",
        "buyer_nick": "测**",
        "buyer_open_uid": "AAE_TESTOPENUID",
        "buyer_message": "急发",
        "seller_memo": "",
        "seller_flag": 0,
        "receiver_name": "测**",
        "receiver_mobile": "*******0308",
        "receiver_state": "浙江省",
        "receiver_city": "杭州市",
        "receiver_district": "西湖区",
        "receiver_address": "文*路**号***",
        "oaid": "TESTOAID",
        "orders": {
            "order": [
                {
                    "oid": 9000000000001748675,
                    "num": 2,
                    "price": "59.50",
                    "total_fee": "119.00",
                    "payment": "112.50",
                    "divide_order_fee": "112.50",
                    "part_mjz_discount": "6.50",
                    "title": "收纳箱 40L",
                    "outer_sku_id": "BOX-40L",
                    "num_iid": 700000000001,
                    "sku_id": 5400000000001,
                    "sku_properties_name": "颜色分类:透明",
                    "status": "WAIT_SELLER_SEND_GOODS",
                    "refund_status": "NO_REFUND",
                }
            ]
        },
        **changes,
    }


def refund(**changes: Any) -> dict[str, Any]:
    return {
        "refund_id": 900000000000000001,
        "tid": 9000000000000748675,
        "oid": 9000000000001748675,
        "status": "WAIT_SELLER_AGREE",
        "order_status": "WAIT_SELLER_SEND_GOODS",
        "good_status": "BUYER_NOT_RECEIVED",
        "has_good_return": False,
        "refund_fee": "112.50",
        "total_fee": "119.00",
        "payment": "0.00",
        "reason": "拍错/多拍/不喜欢",
        "created": "2026-11-24 09:30:00",
        "modified": "2026-11-24 09:31:00",
        "refund_phase": "onsale",
        "refund_version": 1795484460000,
        "buyer_nick": "测**",
        **changes,
    }
