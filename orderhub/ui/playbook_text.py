"""What is to be done about each kind of anomaly, step by step, in the reader's words?"""

from orderhub.domain.anomaly_kind import AnomalyKind as Kind

Pair = tuple[str, str]

PLAYBOOKS: dict[Kind, tuple[Pair, ...]] = {
    Kind.UNKNOWN_STATUS_WORD: (
        ("到平台后台看这笔订单的真实状态", "Look up the order's real status at the channel"),
        ("在渠道文档里找到这个词的含义", "Find what the word means in the channel's documents"),
        ("把词报给管理员加进对照表，再重放消息", "Have it added to the table, then replay the message"),
    ),
    Kind.UNKNOWN_FIELD: (
        ("看说明里的字段名，判断是否用得上", "Read the field's name: is it of use?"),
        ("用得上就在「配置 → 映射」里接入", "If so, map it under Settings → Mapping"),
        ("用不上就写明原因并解决", "If not, resolve it and say why"),
    ),
    Kind.UNKNOWN_SKU: (
        ("对照标题和规格，找到我们的商品编码", "Find our SKU by the title and the variant"),
        ("在「库存」里匹配，或新建商品", "Match it under Stock, or make the SKU"),
        ("确认订单已自动放行", "See that the order has been released"),
    ),
    Kind.UNKNOWN_SHOP: (
        ("核对店铺编号是不是我们的店", "Check whether the shop's number is ours"),
        ("是：接入这家店铺", "If it is: connect the shop"),
        ("不是：在平台后台停掉推送", "If it is not: stop the push at the channel"),
    ),
    Kind.MAPPING_VALUE: (
        ("打开映射，看最近的原始数据", "Open the mapping and look at recent raw data"),
        ("改路径或转换，预览通过后发布", "Mend path or transform, preview, publish"),
        ("补跑受影响的订单", "Run the affected orders again"),
    ),
    Kind.DEAD_LETTER: (
        ("在「系统」里看失败原因", "Read why it failed under System"),
        ("修好原因后重放这条消息", "Mend the cause and replay the message"),
        ("确认订单已更新；不能用的才丢弃", "See that the order is up to date; discard only what is no use"),
    ),
    Kind.FORGED_PUSH: (
        ("核对店铺密钥是否刚更换过", "Was the shop's secret changed lately?"),
        ("换过：更新密钥；没换过：查来源地址", "If so, renew it here; if not, look where it came from"),
        ("持续出现时联系平台", "If it goes on, call the channel"),
    ),
    Kind.SYNC_BEHIND: (
        ("在「系统」里看这家店铺的报错", "Read the shop's error under System"),
        ("限流或超时：等待重试；授权失效：重新授权", "Throttled: wait; not authorised: authorise again"),
        ("恢复后核单，确认没有漏单", "When it is back, count again: nothing is missing"),
    ),
    Kind.SHOP_UNAUTHORISED: (
        ("用店铺主账号登录平台", "Sign in at the channel with the shop's main account"),
        ("在「系统」里重新授权", "Authorise again under System"),
        ("看下一次同步成功", "See the next sync succeed"),
    ),
    Kind.TOKEN_NEAR_EXPIRY: (
        ("看自动续期为什么没成功", "See why it was not renewed by itself"),
        ("到期前重新授权", "Authorise again before it ends"),
    ),
    Kind.ORDERS_MISSING: (
        ("打开「核单」看缺哪些订单", "See under Ledger which orders are missing"),
        ("立即补拉这个时段", "Fetch that hour again"),
        ("仍缺：到平台导出，用文件导入", "Still missing: export at the channel and import the file"),
    ),
    Kind.AMOUNT_MISMATCH: (
        ("对照平台：商品、运费、优惠、实付", "Compare goods, freight, discount and paid with the channel"),
        ("平台补贴造成的，确认后放行", "If it is the channel's subsidy: confirm and release"),
        ("算不平的转财务", "If it does not add up, hand it to finance"),
    ),
    Kind.DUPLICATE_ORDER: (
        ("对比两单的商品、收货地和下单时间", "Compare goods, place and time of both orders"),
        ("联系买家确认是否都要", "Ask the buyer whether both are meant"),
        ("不要的一单请买家申请退款", "Have the buyer ask for a refund of the other"),
    ),
    Kind.ORDER_STUCK: (
        ("看订单卡在哪一步、有没有挂起", "See where the order stands and whether it is held"),
        ("放行、配货或补货", "Release, allocate or restock"),
        ("确认状态往前走了", "See that it has moved on"),
    ),
    Kind.SHIP_BY_NEAR: (
        ("优先拣货、打单", "Pick and label it first"),
        ("来不及：今天先出已有商品", "Not enough time: ship what is there today"),
        ("发不出的请客服与买家协商延期", "What cannot leave: have service agree on a later day"),
    ),
    Kind.SHIP_BY_PAST: (
        ("立即发出并确认回传平台", "Ship now and see that the channel is told"),
        ("缺货的走缺货流程", "Short of stock: decide on the shortage page"),
        ("请客服安抚买家，登记赔付", "Have service calm the buyer and note compensation"),
    ),
    Kind.PAYMENT_MISMATCH: (
        ("对照支付账单与订单应付", "Compare the payment bill with what was owed"),
        ("多收的退还，少收的联系买家", "Repay what is too much; ask the buyer for what is missing"),
        ("登记后放行订单", "Note it, then release the order"),
    ),
    Kind.PAYMENT_WITHOUT_ORDER: (
        ("用商户单号在平台找订单", "Look for the order by the merchant's number"),
        ("找到：补拉订单", "Found: fetch the order"),
        ("没有：原路退款", "None: repay it the way it came"),
    ),
    Kind.REPAYMENT_STUCK: (
        ("查支付渠道的退款状态和报错", "Read the repayment's state and error at the payment service"),
        ("余额不足先充值；账户异常换方式", "Top up the balance, or choose another way"),
        ("告诉买家到账时间", "Tell the buyer when it arrives"),
    ),
    Kind.SHIPPING_NOT_UPLOADED: (
        ("在「回传」里看失败原因", "Read why under Uploads"),
        ("改正运单或快递公司后重试", "Mend waybill or carrier and try again"),
        ("仍失败：到平台手工填单", "Still refused: enter it at the channel by hand"),
    ),
    Kind.UPLOAD_REFUSED: (
        ("看平台给的拒绝原因", "Read the channel's reason"),
        ("订单已退款：拦截包裹", "Refunded meanwhile: intercept the parcel"),
        ("单号有误：改正后重传", "Wrong number: mend it and send again"),
    ),
    Kind.SHIPPED_DESPITE_REFUND: (
        ("马上联系快递拦截", "Ask the carrier to intercept at once"),
        ("拦不住：请买家拒收或退回", "Too late: have the buyer refuse or return it"),
        ("收到退货后再退款；追查放行原因", "Refund when it is back; find out why it left"),
    ),
    Kind.OVERSOLD: (
        ("查其他仓和在途，能否调拨", "Look in other warehouses and on the way"),
        ("不够：按付款先后决定谁先发", "Not enough: decide who comes first"),
        ("其余退款或换货，下调渠道库存", "Refund or exchange the rest; lower the channels' stock"),
    ),
    Kind.LOW_STOCK: (
        ("看近期销量还能卖几天", "See for how many days it lasts"),
        ("下采购单或从其他仓调拨", "Order it, or move it from another warehouse"),
        ("来不及到货就停掉投放", "If it comes too late, stop advertising it"),
    ),
    Kind.STOCK_DRIFT: (
        ("对比平台库存和我们推送的数", "Compare the channel's figure with ours"),
        ("有人手工改过：统一由系统推送", "Changed by hand: leave it to the hub"),
        ("重新推送并复查", "Push again and look again"),
    ),
    Kind.WAYBILL_REFUSED: (
        ("看取号失败的原因", "Read why no waybill was given"),
        ("地址不全：请客服补；余额不足：充值", "Address: ask service; balance: top it up"),
        ("换一家快递重新取号", "Or take another carrier"),
    ),
    Kind.WAYBILL_KEPT: (
        ("在快递后台手工取消面单", "Cancel the waybill at the carrier by hand"),
        ("确认没有被揽收", "See that it was not collected"),
        ("对账时核对是否扣费", "Check at settlement that it was not charged"),
    ),
    Kind.WAYBILL_TWICE: (
        ("停发其中一单", "Stop one of the parcels"),
        ("实物贴错的重新取号换面单", "Take a new waybill for the mislabelled one"),
        ("更正平台上的运单号", "Mend the number at the channel"),
    ),
    Kind.CARRIER_UNAUTHORISED: (
        ("核对月结账号和密钥", "Check account and secret"),
        ("在「系统」里更新并试取一号", "Renew them under System and try one waybill"),
        ("期间改用备用快递", "Meanwhile use the second carrier"),
    ),
    Kind.REFUND_NOT_ANSWERED: (
        ("看平台为什么没接受答复", "Read why the channel did not take the answer"),
        ("到平台后台直接处理", "Answer at the channel itself"),
        ("回来核对售后状态", "See that the case here agrees"),
    ),
    Kind.REFUND_ANSWER_LATE: (
        ("马上打开售后单作决定", "Open the case and decide now"),
        ("等财务的，催财务复核", "Waiting for finance: ask them"),
        ("已超时自动退款的，登记损失", "Refunded by itself: note the loss"),
    ),
    Kind.SETTLEMENT_DIFFERENCE: (
        ("打开对账单看差在哪一笔", "See in the statement which line differs"),
        ("查佣金、运费险、补贴规则", "Check commission, insurance and subsidy"),
        ("平台错的申诉，我们错的入账", "Claim what is theirs, book what is ours"),
    ),
    Kind.NOT_SCANNED: (
        ("确认包裹是否真的出库", "Was the parcel really handed over?"),
        ("出库了：请快递网点补扫描", "It was: ask the depot to scan it"),
        ("没出库：今天发出", "It was not: send it today"),
    ),
    Kind.NO_MOVEMENT: (
        ("看最后一条轨迹停在哪里", "See where the last scan was"),
        ("联系快递查件，记下答复时限", "Ask the carrier to trace it; note when they answer"),
        ("告诉买家进展；超时按丢件处理", "Tell the buyer; no answer: treat it as lost"),
    ),
    Kind.PARCEL_LOST: (
        ("核对面单重量与出库底单", "Compare the waybill's weight with the dispatch slip"),
        ("联系承运商查件，48 时内答复", "Ask the carrier: answer within 48 hours"),
        ("补发或退款，并登记理赔", "Send again or refund, and claim"),
    ),
    Kind.PARCEL_REFUSED: (
        ("联系买家问拒收原因", "Ask the buyer why"),
        ("质量问题转售后；误会则重新派送", "Quality: open a case; a mistake: deliver again"),
        ("跟踪退回并验货", "Follow it back and inspect it"),
    ),
    Kind.RETURNED_TO_SENDER: (
        ("问快递为什么退回", "Ask the carrier why"),
        ("联系买家：改地址重发或退款", "Ask the buyer: another address, or a refund"),
        ("退件到仓后验货入库", "Inspect and restock it when it is back"),
    ),
    Kind.ADDRESS_UNREACHABLE: (
        ("联系买家确认地址和电话", "Confirm address and phone with the buyer"),
        ("请快递按新地址派送", "Have the carrier deliver to the new one"),
        ("快递不到的换一家重发", "Out of their area: send it by another carrier"),
    ),
    Kind.SCANS_REFUSED: (
        ("到快递官网查真实轨迹", "Look at the carrier's own page"),
        ("以官网为准，通知接口方", "Go by that, and tell who sends the scans"),
    ),
    Kind.FOREIGN_PARCEL: (
        ("核对运单是否漏录在某个订单上", "Does the number belong to an order of ours?"),
        ("是：补登记；不是：退订推送", "If so, note it there; if not, end the subscription"),
    ),
    Kind.NOTICE_UNDELIVERABLE: (
        ("看每次失败的原因", "Read why each try failed"),
        ("重要的改由客服联系买家", "What matters: have service tell the buyer"),
        ("签名、模板或余额有误的，改正", "Mend signature, template or balance"),
    ),
    Kind.TRACKING_REFUSED: (
        ("核对运单号和快递公司有没有填错", "Check the waybill and its carrier for a slip"),
        ("改正后会自动重新查询；查不到的到官网看", "Mended, it is asked again; else look at the carrier's page"),
    ),
    Kind.TRACKER_UNAUTHORISED: (
        ("核对物流查询账号的 key 和 customer", "Check the tracker account's key and customer"),
        ("在「系统」里更新账号", "Renew the account under System"),
        ("看下一次查询成功", "See the next query succeed"),
    ),
    Kind.TRACKER_QUOTA: (
        ("看今天的查询用在了哪里", "See what today's queries were used for"),
        ("充值，或等到明天额度恢复", "Top it up, or wait for tomorrow's quota"),
        ("急件先到快递官网查", "Look urgent parcels up at the carrier meanwhile"),
    ),
    Kind.ROBOT_REFUSED: (
        ("看说明里对方的原话：密钥、签名、白名单还是频率", "Read what the chat said: key, signature, list or rate"),
        ("在「配置 → 机器人」里更正，再发一条测试消息", "Set it right under Settings → Chats and send a test"),
        ("期间重要异常以右上角铃铛为准", "Till then the bell tells what matters"),
    ),
    Kind.WEBHOOK_OFF: (
        ("在「配置 → 程序推送」看最近的答复码", "Look at the latest answers under Settings → Webhooks"),
        ("对方恢复后按测试，再启用", "Once the program is back, send a test and switch it on"),
        ("按时间段重发停用期间的事件", "Send again what happened meanwhile, by its span"),
    ),
    Kind.CUSTOM: (
        ("看说明里命中的规则和数值", "Read which rule found it, and the figures"),
        ("按规则作者的约定处理", "Do as the rule's author agreed"),
        ("误报就调整规则", "A false alarm: mend the rule"),
    ),
}
