"""Which sentences does the table for returns use? Key → (Chinese, English)."""

INSPECTION_MESSAGES: dict[str, tuple[str, str]] = {
    # the page
    "returns_page": ("验货台", "Returns"),
    "bench": ("验货", "Inspect"),
    "bench_lists": ("退货", "Returns"),
    "list_returned": ("退回途中", "On their way"),
    "list_awaiting": ("待买家寄回", "Expected"),
    "list_inspected": ("今日已验", "Inspected today"),
    "bench_none_returned": ("没有退回途中的包裹", "No return is on its way"),
    "bench_none_awaiting": ("没有等买家寄回的退货", "No return is expected"),
    "bench_none_inspected": ("今天还没有验货", "Nothing has been inspected today"),
    "bench_hint": (
        "包裹到了就扫运单，不在列表里也可以扫。",
        "Scan the waybill when a parcel arrives, whatever is listed here.",
    ),
    "bench_more": ("这里显示最前 {n} 个", "The first {n} are shown"),
    "scan_return": ("扫退货运单", "Scan a returning waybill"),
    "scan_returned_item": ("扫商品，记为完好", "Scan an item that is good"),
    "scan_return_hint": (
        "扫买家退回的运单；拒收退回的包裹，扫我们发出的运单。",
        "Scan the buyer's waybill; of a parcel that was refused, the waybill we sent it with.",
    ),
    "return_waybill": ("运单 / 售后单", "Waybill / case"),
    "return_kind": ("类型", "Kind"),
    "return_since": ("时间", "When"),
    "return_goods": ("要验的商品", "What comes back"),
    "state_good": ("完好", "Good"),
    "state_defect": ("次品", "Defective"),
    "state_missing": ("缺失", "Missing"),
    "state_expected": ("应退", "Expected"),
    "one_more": ("加一件", "One more"),
    "one_less": ("减一件", "One less"),
    "rest_good": ("其余完好", "The rest is good"),
    "rest_missing": ("其余缺失", "The rest is missing"),
    "left_to_count": ("还有 {n} 件没清点", "{n} still to be counted"),
    "all_is_counted": ("清点完了", "All counted"),
    "return_place": ("入库仓", "Into"),
    "return_note": ("备注", "Note"),
    "return_note_hint": ("破损位置、多出的东西……", "What is broken, what came besides…"),
    "inspection_done": ("验货完成", "Done"),
    "inspection_correct": ("更正", "Correct"),
    "inspection_correcting": ("更正验货结果", "Correct the inspection"),
    "bench_take": ("验货", "Inspect"),
    "bench_result": ("验货结果", "Result"),
    # photos
    "photos": ("照片", "Photos"),
    "photo_take": ("拍照", "Take a photo"),
    "photo_n": ("照片 {n}", "Photo {n}"),
    "photo_kinds": ("JPEG、PNG、WebP，每张最大 10 MB，最多 12 张", "JPEG, PNG, WebP, at most 10 MB each, 12 in all"),
    "problem_photo_missing": ("没有收到照片，请再选一次", "No photo came: choose it again"),
    "problem_photo_no_case": ("先扫运单，再拍照", "Scan the waybill first, then take the photo"),
    "problem_photo_too_large": (
        "照片超过 10 MB：把相机调到较低分辨率再拍",
        "The photo has more than 10 MB: take it with a lower resolution",
    ),
    "problem_photo_too_many_pixels": (
        "照片超过 4000 万像素：把相机调到较低分辨率再拍",
        "The photo has more than 40 million pixels: take it with a lower resolution",
    ),
    "problem_photo_unreadable": (
        "这不是能打开的照片：请用 JPEG、PNG 或 WebP 重拍",
        "This is no photo that can be opened: take a JPEG, PNG or WebP",
    ),
    "problem_too_many_photos": ("照片已有 12 张，不再接收", "There are 12 photos already: no more are taken"),
    "refused_too_many_photos": ("照片已有 {most} 张，不再接收", "There are {most} photos already: no more are taken"),
    # what a scan answers
    "return_on_table": ("{number} 请清点商品", "{number}: now count its goods"),
    "counted_next": ("{code} 完好 +{n}", "{code}: {n} more good"),
    "is_refused_parcel": (
        "{number} 是我们发出的包裹：确认是拒收退回？",
        "{number} is a parcel of ours: has it been refused and come back?",
    ),
    "yes_refused": ("是拒收退回", "Yes, refused"),
    "inspected_shelved": ("{number} 验货完成，{n} 件入库", "{number} is done, {n} pieces are on the shelf"),
    "inspected_corrected": ("{number} 已更正，库存变动 {n} 件", "{number} is corrected, the shelf changed by {n}"),
    "inspected_unmatched": (
        "；{codes} 没有对应商品，库存没动，请交运营匹配编码",
        "; {codes} stand for no SKU and moved no stock: have operations match them",
    ),
    "inspected_again": ("；同一包裹还有 {n} 单，再扫一次运单", "; {n} more in the same parcel: scan its waybill again"),
    "return_laid_aside": ("{number} 放一边了", "{number} is laid aside"),
    # refusals
    "refused_unknown_return": (
        "找不到“{scanned}”：核对面单；买家填错单号时，从下面的列表里点验货",
        "nothing is known by “{scanned}”: look at the label; if the buyer mistyped it, choose from the list below",
    ),
    "refused_already_inspected": (
        "{scanned} 已验过（{by}）：放到一边，扫下一个",
        "{scanned} has been inspected ({by}): put it aside and scan the next one",
    ),
    "refused_return_given_up": (
        "{scanned} 的售后单已撤销或拒绝：货是买家的，放到一边，交客服处理",
        "the case of {scanned} was taken back or refused: the goods are the buyer's; hand it to customer service",
    ),
    "refused_nothing_comes_back": ("这个售后单没有货要退回", "no goods come back in this case"),
    "refused_no_returned_goods": (
        "售后单没有商品明细：放到一边，交客服核对",
        "nobody has said which goods this case means: hand it to customer service",
    ),
    "refused_sums_differ": (
        "{code} 应退 {expected} 件：完好、次品、缺失合起来要正好这么多",
        "{code}: good, defective and missing have to be {expected} together",
    ),
    "refused_not_to_correct": (
        "只有验货的本人当班可以更正，退款处理后不能再改",
        "only whoever inspected it may correct it, in the same shift and before it is decided upon",
    ),
    "refused_not_of_return": (
        "“{scanned}”不是这一单的商品，还要清点：{wanted}",
        "“{scanned}” does not come back here; still to be counted: {wanted}",
    ),
    "refused_all_counted": (
        "{code} 已经数够了：多出来的放一边，写进备注",
        "{code} is counted already: put what is too much aside and write it into the note",
    ),
    "refused_other_return": ("{number} 还没验完：先验完，或放一边", "{number} is not finished: finish or lay it aside"),
    "problem_no_return_warehouse": ("先选入库仓", "Choose the warehouse first"),
    "problem_verdict_unknown": ("商品变了，请再扫一次运单", "The goods have changed: scan the waybill again"),
    # the section of the case page
    "result_corrected": ("更正前", "Before the correction"),
}
