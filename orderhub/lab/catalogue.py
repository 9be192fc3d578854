"""What do the lab's shops sell? Home-storage goods with the merchant's own codes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sku:
    """``position`` makes the channels' item and SKU numbers; ``code`` is the merchant's code as listed."""

    position: int
    code: str
    title: str
    spec: str
    price_fen: int


_GOODS = """
DRAW-5W|五层抽屉收纳柜|白|31700
DRAW-5G|五层抽屉收纳柜|灰|31700
DRAW-4W|四层抽屉收纳柜|白|25900
DRAW-3W|三层抽屉收纳柜|白|18900
BOX-40L|收纳箱 40L|透明|13940
BOX-40L-B|收纳箱 40L|蓝|9200
BOX-60L|收纳箱 60L|透明|15900
BOX-25L|收纳箱 25L|透明|6900
BOX-12L|收纳箱 12L|奶白|3990
VAC-10|真空压缩袋 10 件套|含手泵|15300
VAC-6|真空压缩袋 6 件套|含电泵|12900
VAC-COAT|挂式压缩袋 4 只|长款|6980
SPICE-2|旋转调料架|双层|15900
SPICE-3|旋转调料架|三层|19900
RACK-60|衣柜分层架|60cm|29800
RACK-80|衣柜分层架|80cm|33800
RACK-40|衣柜分层架|40cm|21800
SHOE-12|透明鞋盒 12 只装|标准|15200
SHOE-6|透明鞋盒 6 只装|加大|9900
SHOE-RACK|简易鞋架|五层|8990
HANG-16|挂式收纳袋|16 格|6990
HANG-9|挂式收纳袋|9 格|4590
SINK-2|厨房下水槽置物架|双层|11900
SINK-1|厨房下水槽置物架|单层|6990
STOOL-F|折叠收纳凳|亚麻灰|12900
STOOL-L|折叠收纳凳|长款|21900
FILE-3|桌面文件盒|三联|5300
FILE-5|桌面文件盒|五联|7900
DIV-8|抽屉分隔板|8 片|4950
DIV-16|抽屉分隔板|16 片|8900
STEEL-4|钢制四层货架|120cm|52800
STEEL-5|钢制五层货架|150cm|69800
FRIDGE-S|冰箱侧挂架|两层|4580
FRIDGE-B|冰箱保鲜盒 6 只|带盖|7990
TOY-3|儿童玩具收纳架|三层|32800
TOY-BOX|儿童玩具收纳箱|带轮|13900
BASK-L|藤编脏衣篮|大|19800
BASK-M|藤编脏衣篮|中|14800
BASK-FOLD|折叠脏衣篮|灰|5990
HOOK-20|无痕挂钩|20 只|1990
HOOK-10|无痕挂钩|10 只|1290
BED-FLAT|床底扁平箱|带轮|12800
BED-SOFT|床底收纳袋|三只装|7990
JEWEL-5|透明首饰盒|五层|21700
JEWEL-3|透明首饰盒|三层|13900
CABLE-1|桌下理线槽|60cm|3700
CABLE-2|桌下理线槽|90cm|5200
SET-K6|厨房收纳组合|6 件|64900
SET-W4|衣柜收纳组合|4 件|45900
CART-3|三层小推车|白|16900
CART-4|四层小推车|黑|21900
PEG-1|洞洞板套装|60×40|9900
COSM-R|旋转化妆品架|360°|11900
RICE-10|防潮米桶|10kg|8990
SEAL-7|密封罐 7 件套|透明|12900
BAG-Q|棉被收纳袋|特大 2 只|6590
BOOK-3|桌面书架|三层|10900
UMB-1|雨伞架|黑|7590
A-18&B-C1*4|收纳达人组合装|抽屉柜+收纳箱×4|38600
BOX-25L*3|收纳箱 25L 三只装|透明|18900
""".strip()

CATALOGUE: tuple[Sku, ...] = tuple(
    Sku(position, code, title, spec, int(price))
    for position, (code, title, spec, price) in enumerate(line.split("|") for line in _GOODS.splitlines())
)

# Codes a hub knows nothing of: a listing whose merchant code was left empty or mistyped.
UNMATCHED_CODES = ("", "TEST-OLD-7", "收纳箱蓝色")
