from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netraven_cli.device.inventory_columns import export_row
from netraven_cli.device.inventory_csv import write_csv
from netraven_cli.device.inventory_file import read_inventory
from netraven_cli.device.platforms.aliases import canonical
from netraven_cli.errors import DataError
from netraven_cli.model import NewDevice
from netraven_cli.store.device_rules import check_device

SW1 = NewDevice(name="sw1", address="192.0.2.1", platform="cisco_ios")


def check(new: NewDevice) -> NewDevice:
    check_device(new)
    return dataclasses.replace(new, platform=canonical(new.platform, ["cisco_ios", "arista_eos", "MyOS"]))


def read(content: str | bytes, form: str | None = None) -> list[NewDevice]:
    return read_inventory(content if isinstance(content, bytes) else content.encode(), check, form)


def refused(content: str | bytes, form: str | None = None) -> str:
    with pytest.raises(DataError) as error:
        read(content, form)
    return str(error.value)


def test_the_header_of_the_contract_is_read() -> None:
    text = (
        "name,address,port,platform,tags,zone\n"
        "sw1,192.0.2.1,2222,cisco_ios,core|paris,dmz\n"
        "sw2,sw2.example,,arista_eos,,\n"
    )
    assert read(text) == [
        NewDevice(name="sw1", address="192.0.2.1", port=2222, platform="cisco_ios", tags=("core", "paris"), zone="dmz"),
        NewDevice(name="sw2", address="sw2.example", platform="arista_eos"),
    ]


def test_the_header_of_older_inventories_is_read() -> None:
    text = (
        "hostname,ip_address,device_type,port,description,serial_number,model,source,notes,tags\n"
        'sw1,192.0.2.1,cisco_ios,22,"Hall 1, rack 2",FOC1,C9300,import,"two\nlines",a;b c\n'
    )
    (one,) = read(text)
    assert one.tags == ("a", "b", "c")
    assert one.details == {
        "description": "Hall 1, rack 2",
        "serial_number": "FOC1",
        "model": "C9300",
        "source": "import",
        "notes": "two\nlines",
    }


@pytest.mark.parametrize(
    "content",
    [
        "name,address,platform\nsw1,192.0.2.1,cisco_ios",
        "\ufeffname,address,platform\r\nsw1,192.0.2.1,cisco_ios\r\n",
        "Name;Address;Platform\n\n# a comment, with; signs\nsw1;192.0.2.1;cisco_ios;;\n;;\n",
        "name\taddress\tplatform\nsw1\t192.0.2.1\tcisco_ios\n",
        '# made by hand\n"name","IP Address","platform"\n"sw1"," 192.0.2.1 ","cisco_ios"\n',
        "name,address,platform\nsw1,192.0.2.1,cisco_ios\n".encode("utf-16"),
        "name,address,platform,port\nsw1,192.0.2.1,ios\n",
        "name,address,platform\nsw1,192.0.2.1,Cisco-IOS\n",
        '[{"name": "sw1", "address": "192.0.2.1", "platform": "cisco_ios", "port": 22, "tags": []}]',
        ' {"schema": "netraven.device/1", "items": [{"id": 7, "host_key": "k", "hostname": "sw1",'
        ' "ip_address": "192.0.2.1", "device_type": "ios", "zone": null, "details": {}, "enabled": true}]}',
    ],
)
def test_all_these_files_say_the_same(content: str | bytes) -> None:
    assert read(content) == [SW1]


def test_a_platform_of_ones_own_keeps_its_name() -> None:
    assert [one.platform for one in read("name,address,platform\na,a,MyOS\nb,b,other-os\n")] == ["MyOS", "other-os"]


def test_every_bad_row_is_reported_with_its_line_and_none_is_imported() -> None:
    text = (
        "name,address,platform,port\n"
        "sw1,192.0.2.1,cisco_ios,22\n"
        "\n"
        '"sw\n2",192.0.2.2,cisco_ios,22\n'
        "sw3,-oProxyCommand=x,cisco_ios,22\n"
        "sw4,192.0.2.4,cisco_ios,ssh\n"
        "sw1,192.0.2.5,cisco_ios,22\n"
        ",192.0.2.6,cisco_ios,22\n"
        "sw7,192.0.2.7,cisco_ios,22,more\n"
        "sw8,192.0.2.8,,\n"
    )
    lines = refused(text).splitlines()[1:]
    assert [line.split(":")[0] for line in lines] == [
        "line 4",
        "line 6",
        "line 7",
        "line 8",
        "line 9",
        "line 10",
        "line 11",
    ]
    assert "line 2" in lines[3]


def test_every_bad_item_of_a_json_file_is_reported() -> None:
    good = {"name": "a", "address": "a", "platform": "ios"}
    items = [good, 7, {**good, "colour": 1}, {**good, "name": "b", "hostname": "c"}, {**good, "details": [1]},
             {**good, "name": "d", "port": {"a": 1}}]  # fmt: skip
    lines = refused(json.dumps(items)).splitlines()[1:]
    assert [line.split(":")[0] for line in lines] == [f"item {number}" for number in range(2, 7)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "line 1: there is no column name, address, platform"),
        ("name,address,plattform\n", "did you mean platform?"),
        ("name,hostname,address,platform\n", "two columns give the name"),
        ("sw1,192.0.2.1,cisco_ios\n", "line 1: there is no column 'sw1'"),
        ('name,address,platform\n"sw1,192.0.2.1,cisco_ios\n', "line 2: not CSV"),
        (b"name,address,platform\nsw1,192.0.2.1,\xff\n", "line 2: the file is not in UTF-8"),
        ("[1, 2", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"devices": []}', '"items"'),
        ("name,address,platform\nsw\x00,192.0.2.1,cisco_ios\n", "line 2"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_with_the_reason(content: str | bytes, said: str) -> None:
    assert said in refused(content)


def test_the_form_can_be_given() -> None:
    assert "not JSON" in refused("name,address,platform\n", "json")
    assert "no column" in refused("[]", "csv")


def test_many_bad_rows_do_not_flood_the_terminal() -> None:
    report = refused("name,address,platform\n" + "x,,\n" * 1000)
    assert len(report.splitlines()) == 52
    assert report.endswith("and 950 more")


def test_no_exported_cell_is_a_formula() -> None:
    names = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)"]
    text = write_csv([NewDevice(name=name, address="a", platform="p", details={"notes": "\t=x"}) for name in names])
    cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t")]


PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(
    st.lists(
        st.builds(
            NewDevice,
            name=st.one_of(PRINTABLE, st.tuples(st.sampled_from(["'=", "- ", "#", "''@"]), PRINTABLE).map("".join)),
            address=st.just("192.0.2.1"),
            platform=st.just("cisco_ios"),
            port=st.integers(1, 65535),
            zone=PRINTABLE,
            enabled=st.booleans(),
            credential=st.one_of(st.none(), PRINTABLE),
            tags=st.sets(st.from_regex(r"[a-z=+@-][a-z]*", fullmatch=True)).map(lambda tags: tuple(sorted(tags))),
            details=st.dictionaries(st.sampled_from(["notes", "model"]), PRINTABLE),
        ),
        unique_by=lambda one: one.name,
        min_size=1,
        max_size=3,
    )
)  # fmt: skip
def test_what_is_exported_is_imported_the_same(devices: list[NewDevice]) -> None:
    assert read(write_csv(devices), "csv") == devices
    assert read(json.dumps({"items": [export_row(one) for one in devices]})) == devices
