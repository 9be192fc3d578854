"""Does a name, a number or a door get out of a courier's sentence?"""

import csv
import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.domain.scan_text import Trouble, masked, stations, trouble

SHARED = Path(__file__).parents[3] / "shared" / "data" / "tracks"
# Those of the collected sentences, which have others in the stead of real ones.
NAMES = "张大山 赵小海 陈小雨 黄小青 周小林 吴小江 刘小川 徐小北 王小明 孙小峰 郑小月 李小红 六六六 兴燚恒".split()
PHONE = re.compile(r"\d{7,}|\d{3,4}-\d{7,8}|13800")
FORMS = (
    "【{place}】的{name}（{phone}）正在第1次派件，请保持电话畅通",
    "[{place}]的{name}已收件 电话:{phone}",
    "[{place}] 快件已到达[{place}],业务员{name}正在第1次派件 电话:{phone} 请保持电话畅通",
    "正在派送途中,请您准备签收(派件人:{name},电话:{phone})",
    "【{place}】的派件员【{name}({phone})】正在为您派件，如有疑问请联系派件员，联系电话【{phone}】",
    "【{place}】 派件中  派件人: {name} 电话 {phone}  如有疑问，请联系：{phone}",
    "【{place}】 失败签收录入 {name} （{phone}）",
    "[成都市]【{place}】安排投递,投递员:{name},电话:{phone},揽投部电话:{phone}",
    "{place}安排投递（投递员姓名：{name}。联系电话：{phone};",
    "揽收任务已分配给{name}",
    "客户签收人: {name} 已签收  感谢使用圆通速递 如有疑问请联系：{phone}",
    "已签收({phone})，签收人是【{name}】,如有疑问请联系:{phone}",
    "配送员开始配送，请您准备收货，配送员，{name}，手机号，{phone}",
    "{place} 快递员 {name}{phone} 正在为您派件",
)


def sentences() -> list[str]:
    lines = (SHARED / "tracks_dev.jsonl").read_text().splitlines()
    with gzip.open(SHARED / "parcel_journeys_2020_dev.csv.gz", "rt") as file:
        rows = [row["context"] for row in csv.DictReader(file)]
    return sorted({json.loads(line)["context"] for line in lines} | set(rows))


@pytest.mark.skipif(not SHARED.exists(), reason="the collected sentences are not beside the project")
def test_no_number_and_no_name_of_the_collected_sentences_gets_out():
    every = sentences()
    assert len(every) >= 500
    out = {text: (masked(text), "|".join(stations(text))) for text in every}
    assert [text for text, (said, _) in out.items() if PHONE.search(said)] == []
    assert [text for text, (_, places) in out.items() if re.search(r"\d{5,}", places)] == []
    assert [text for text, both in out.items() for name in NAMES if any(name in said for said in both)] == []


@given(
    form=st.sampled_from(FORMS),
    name=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4),
    phone=st.one_of(
        st.from_regex(r"1[3-9]\d{9}", fullmatch=True),
        st.from_regex(r"0\d{2,3}-\d{7,8}", fullmatch=True),
        st.from_regex(r"\+86 1\d{2} \d{4} \d{4}", fullmatch=True),
        st.from_regex(r"１[３-９][０-９]{9}", fullmatch=True),
    ),
)
def test_no_number_gets_out_of_any_form_and_no_name_reaches_a_buyer(form: str, name: str, phone: str):
    text = form.format(place="四川成都锦江营业部", name=name, phone=phone)
    assert phone not in masked(text)
    assert not re.search(r"\d{7,}", masked(text))
    assert set(stations(text)) <= {"四川成都锦江营业部", "成都市"}


@given(
    st.text(max_size=500), st.sampled_from(["电话13800000000", "派件员张三", "的的的的", "0-0-0-0-", "【】", "：：："])
)
def test_any_text_is_read_to_its_end(text: str, more: str):
    for said in (text, text + more, more * 60):
        assert not re.search(r"\d{7,}", re.sub(r"20\d\d-\d\d-\d\d", "", masked(said)))
        assert len(stations(said)) <= 2


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FORMS)
def test_the_names_of_couriers_and_signers_are_struck_out_for_our_people_too(form: str, name: str):
    text = form.format(place="四川成都锦江营业部", name=name, phone="13800001234")
    assert name not in masked(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("快件已在 [成都华阳] 签收,签收人: 本人, 感谢使用", "快件已在 [成都华阳] 签收,签收人: 本人, 感谢使用"),
        ("下次揽收时间2020-09-26 11:00-12:00", "下次揽收时间2020-09-26 11:00-12:00"),
        ("已存丰巢柜，凭取件码 8-2-3001 领取", "已存丰巢柜，凭取件码 *** 领取"),
        ("快件由【北京转运中心】发往【北京朝阳公司】", "快件由【北京转运中心】发往【北京朝阳公司】"),
        ("您的快件已由 保安室 代签收，地址：城市工业园区，如有疑问", "您的快件已由 保安室 代签收，地址：***如有疑问"),
    ],
)
def test_what_is_nobodys_stays(text: str, said: str):
    assert masked(text) == said


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("快件离开【杭州转运中心】，已发往【北京转运中心】", ("杭州转运中心", "北京转运中心")),
        ("【成都市】已到达 四川成都国际广场公司", ("成都市", "四川成都国际广场公司")),
        ("快件已暂存至成都橙花风景店菜鸟驿站，如有疑问请联系13800006983", ("成都橙花风景店菜鸟驿站",)),
        ("您的快件已由本人签收", ()),
        ("客户签收人: 2号楼过道 已签收", ()),
        ("已签收，签收人是【盛世首座门卫】", ()),
    ],
)
def test_stations_are_named_and_nothing_else(text: str, places: tuple[str, ...]):
    assert stations(text) == places


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("签收失败,原因:企事业单位放假", Trouble.CLOSED),
        ("派送不成功，无人接听电话", Trouble.NOBODY_REACHED),
        ("派送不成功，查无此人", Trouble.ADDRESS),
        ("派送不成功-原因：联系好下午送", Trouble.ANOTHER_DAY),
        ("快件破损", Trouble.DAMAGED),
        ("中转滞留", Trouble.OTHER),
    ],
)
def test_trouble_is_one_of_a_few(text: str, found: Trouble):
    assert trouble(text) is found
