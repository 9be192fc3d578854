"""Do mappings survive the way into a file and back, and is a broken file refused with its place?"""

import re
from pathlib import Path

import pytest
import yaml

from orderhub.domain.custom_field import FieldType, FieldTypeFixed, fields_in_use
from orderhub.domain.words import Channel
from orderhub.intake.mapping.document import LONGEST, exported, read_document, take_in
from orderhub.intake.mapping.transforms import Transform
from orderhub.intake.mapping.versions import VersionState, draft_version
from orderhub.kernel.db import reading, transaction
from orderhub.kernel.errors import BadInput, NotFound

from .builders import DOUYIN, NOTE, SUBSIDY, TAGS, WAY, define_fields, go_live, mapping

WRITTEN = """\
orderhub_mapping: 1
channel: douyin
fields:
- name: 送货方式
  type: choice
  choices:
  - 放门口
  - 自提
mappings:
- name: 收货备注
  path: buyer_words
  target: tag
  transform: keywords
  table:
    放门口: 放门口
    打电话: 派前电联
- name: 送货方式
  path: buyer_words
  target: cf.送货方式
  transform: keywords
  table:
    放门口: 放门口
"""


PAGE = (Path(__file__).resolve().parents[3] / "docs" / "mapping.md").read_text(encoding="utf-8")


def test_the_documents_example_is_one() -> None:
    (example,) = re.findall(r"```yaml\n(.+?)```", PAGE, re.DOTALL)
    assert read_document(example).mappings == (TAGS, WAY)


def test_the_document_names_every_transform() -> None:
    assert {str(one) for one in Transform} - set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == set()


def test_mappings_are_written_as_people_read_them(shop, now):
    define_fields(now)
    go_live([TAGS, WAY], now)
    with reading() as session:
        assert exported(session, DOUYIN) == WRITTEN


def test_a_file_brings_its_fields_and_becomes_a_draft(shop, now):
    with transaction() as session:
        take_in(session, read_document(WRITTEN), by="ceshi-a", now=now)
    with reading() as session:
        draft = draft_version(session, DOUYIN)
        assert draft
        assert (draft.state, draft.mappings) == (VersionState.DRAFT, [TAGS, WAY])
        fields = [(field.name, field.type, field.choices) for field in fields_in_use(session)]
        assert fields == [("送货方式", FieldType.CHOICE, ["放门口", "自提"])]
        assert exported(session, DOUYIN) == WRITTEN


def test_every_kind_of_mapping_comes_back_as_it_was(shop, now):
    define_fields(now)
    every = [
        TAGS,
        SUBSIDY,
        NOTE,
        mapping("表", "a", "tag", Transform.LOOKUP, table={"1": "yes", "no": "2026-11-24"}, option="skip"),
        mapping("日", "b", "cf.预约", Transform.DATE, option="%Y/%m/%d", default="2026-11-24", shop="dy-test"),
        mapping("模板", "c", "remark", Transform.TEMPLATE, option="来自: {value} # 1"),
    ]
    go_live(every, now)
    with transaction() as session:
        text = exported(session, DOUYIN)
        assert take_in(session, read_document(text), by="ceshi-a", now=now).mappings == every


def test_numbers_that_yaml_reads_are_texts_again():
    text = "orderhub_mapping: 1\nchannel: douyin\nmappings:\n- {name: 星, path: s, target: tag, transform: lookup,"
    assert read_document(text + " table: {1: 红, 2: 黄}}").mappings[0].table == {"1": "红", "2": "黄"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "needs names"),
        ("- 1", "needs names"),
        ("orderhub_mapping: 2", "needs 1"),
        ("orderhub_mapping: 1\nchannel: ebay", "channel: needs one of"),
        ("orderhub_mapping: 1\nchannel: douyin\nrules: []", "'rules' is not known"),
        ("orderhub_mapping: 1\nchannel: douyin\nmappings: {a: 1}", "mappings: needs a list"),
        ("orderhub_mapping: 1\nchannel: douyin\nmappings:\n- {name: a, path: b, target: tag, code: c}", "code"),
        ("orderhub_mapping: 1\nchannel: douyin\nmappings:\n- {name: a, path: 'b[', target: tag}", "path"),
        ("a: b: c", "no YAML, line 1"),
        ("a: !!python/object/apply:os.system [ls]", "no YAML, line 1"),
        ("x" * (LONGEST + 1), "longer"),
        ("[" * 5000, "no YAML"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_place(text: str, said: str):
    with pytest.raises(BadInput, match=said.replace("[", "\\[")):
        read_document(text)


def test_a_refused_file_changes_nothing(shop, now):
    define_fields(now)
    other_type = WRITTEN.replace("choice\n  choices:\n  - 放门口\n  - 自提", "text")
    for text, error in ((other_type, FieldTypeFixed), (WRITTEN.replace("cf.送货方式", "cf.没有"), BadInput)):
        with pytest.raises(error), transaction() as session:
            take_in(session, read_document(text), by="ceshi-a", now=now)
    with reading() as session:
        assert draft_version(session, DOUYIN) is None


def test_a_channel_without_mappings_has_nothing_to_export(shop):
    with reading() as session, pytest.raises(NotFound):
        exported(session, Channel.JD)


def test_what_is_written_is_plain_yaml():
    assert yaml.safe_load(WRITTEN)["mappings"][0]["table"] == {"放门口": "放门口", "打电话": "派前电联"}
