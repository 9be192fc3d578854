"""Bodies as Pinduoduo sends them today, built by hand from its field tables; every person in them is invented.

Amounts are text, as the client reads JSON's decimals; ciphers have the outer shape of real ones and hide nothing.
"""

from typing import Any

ORDER_SN = "261124-130000000000001"
CIPHER = "~AgAAAATestCipherOfNobody==~TestIndexOfNobody~2~~"


def order(**changes: Any) -> dict[str, Any]:
    return {
        "order_sn": ORDER_SN,
        "order_status": 1,
        "refund_status": 1,
        "after_sales_status": 0,
        "confirm_status": 1,
        "group_status": 1,
        "risk_control_status": 0,
        "created_time": "2026-11-24 09:00:00",
        "pay_time": "2026-11-24 09:01:00",
        "confirm_time": "2026-11-24 09:01:10",
        "updated_at": "2026-11-24 09:01:12",
        "last_ship_time": "2026-11-26 09:01:10",
        "shipping_time": "",
        "receive_time": "",
        "pay_amount": "120.5",
        "goods_amount": 119,
        "discount_amount": "6.5",
        "platform_discount": "1.5",
        "seller_discount": 5,
        "capital_free_discount": 0,
        "postage": 8,
        "service_fee_detail": [],
        "item_list": [
            {
                "goods_id": 700000000001,
                "sku_id": 1400000000001,
                "outer_id": "BOX-40L",
                "outer_goods_id": "BOX",
                "goods_name": "收纳箱 40L",
                "goods_price": "59.5",
                "goods_count": 2,
                "goods_spec": "透明",
                "goods_img": "",
            }
        ],
        "receiver_name": CIPHER,
        "receiver_name_mask": "测**",
        "receiver_phone": "$AgAAAATestPhoneOfNobody$AgAATestIndex$2$$",
        "receiver_phone_mask": "138****0308",
        "receiver_address": CIPHER,
        "receiver_address_mask": "测试路***号***",
        "address": CIPHER,
        "address_mask": "浙江省杭州市西湖区测试路***号***",
        "open_address_id": "TEST-ADDRESS-1",
        "province": "浙江省",
        "city": "杭州市",
        "town": "西湖区",
        "buyer_memo": "急发",
        "remark": "老客",
        "remark_tag": 3,
        "logistics_id": 0,
        "tracking_number": "",
        "is_pre_sale": 0,
        "trade_type": 0,
        "step_order_info": None,
        **changes,
    }


def refund(**changes: Any) -> dict[str, Any]:
    """A row of `pdd.refund.list.increment.get`."""
    return {
        "id": 7381745730,
        "order_sn": ORDER_SN,
        "after_sales_status": 2,
        "after_sales_type": 2,
        "after_sale_reason": "不想要了",
        "order_amount": "120.50",
        "refund_amount": "112.50",
        "discount_amount": "6.50",
        "goods_price": "59.50",
        "goods_number": "2",
        "goods_id": 700000000001,
        "sku_id": "1400000000001",
        "outer_id": "BOX-40L",
        "tracking_number": "",
        "user_shipping_status": "0",
        "created_time": "2026-11-24 09:30:00",
        "updated_time": "2026-11-24 09:31:00",
        **changes,
    }


def refund_alone(**changes: Any) -> dict[str, Any]:
    """The same case as `pdd.refund.information.get` writes it."""
    return {
        "id": 7381745730,
        "order_sn": ORDER_SN,
        "after_sales_status": 2,
        "after_sales_type": 1,
        "after_sales_reason": "不想要了",
        "order_amount": 12050,
        "refund_amount": 11250,
        "goods_price": 5950,
        "goods_number": 2,
        "sku_id": "1400000000001",
        "express_no": "",
        "shipping_status": 0,
        "recreated_at": 1795483800,
        "expire_time": 1795656600,
        "updated_time": "2026-11-24 09:31:00",
        "remark": "",
        **changes,
    }
