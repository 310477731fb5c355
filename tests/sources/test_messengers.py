import json

import pytest

from unrolled import InputError
from unrolled.sources.messengers import json_chats, read_html, read_json_chats, read_sms

TELEGRAM = {
    "name": "Bob",
    "type": "personal_chat",
    "messages": [
        {"id": 1, "type": "service", "actor": "Anna", "action": "create_group", "text": ""},
        {"id": 2, "type": "message", "date": "2020-12-31T21:15:00", "from": "Anna", "text": "hello"},
        {"id": 3, "type": "message", "from": "Bob", "text": ["see ", {"type": "link", "text": "a.org"}, " now"]},
        {"id": 4, "type": "message", "from": "Bob", "photo": "a.jpg", "text": ""},
        {"id": 5, "type": "message", "from": None, "text": "of a deleted account"},
    ],
}
PAIRS = [("Anna", "hello"), ("Bob", "see a.org now")]


def pairs(export):
    chats = json_chats(json.dumps(export).encode())
    return None if chats is None else [tuple(message) for message in read_json_chats(chats)]


def test_telegram_exports_one_chat_or_all():
    assert pairs(TELEGRAM) == PAIRS
    assert pairs({"about": "", "contacts": {"list": []}, "chats": {"list": [TELEGRAM, TELEGRAM]}}) == PAIRS * 2


def test_facebook_and_discord():
    mojibake = "hé".encode().decode("latin-1")
    facebook = {"participants": [], "messages": [{"sender_name": "Anna", "timestamp_ms": 1, "content": mojibake}]}
    assert pairs(facebook) == [("Anna", "hé")]
    discord = {
        "guild": {},
        "messages": [{"type": "Default", "content": "hi", "author": {"name": "a", "nickname": "Anna"}}],
    }
    assert pairs(discord) == [("Anna", "hi")]


@pytest.mark.parametrize("export", [[], {"messages": []}, {"messages": [1, {}]}, {"text": "a"}, {"chats": 3}])
def test_other_json_is_none(export):
    assert pairs(export) is None
    assert json_chats(b'{"messages": [') is None


def test_sms_of_a_backup():
    lines = [
        "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n",
        '<smses count="3">\n',
        '<sms address="+4917" date="1" type="1" body="where? &#55357;&#56832;&#10;hurry" contact_name="Bob" />\n',
        '<sms address="+4917" date="2" type="2" body="at home &amp; well" contact_name="Bob" />\n',
        '<sms address="+4918" date="3" type="1" body="your code is 1" contact_name="(Unknown)" />\n',
        '<mms msg_box="2" address="+4917"><parts><part ct="image/jpeg" text="null" />',
        '<part ct="text/plain" text="look" />',
        "</parts></mms>\n</smses>\n",
    ]
    expected = [
        ("Bob", "where? 😀\nhurry"),
        ("me", "at home & well"),
        ("+4918", "your code is 1"),
        ("me", "look"),
    ]
    assert [tuple(message) for message in read_sms(lines, "sms.xml")] == expected
    with pytest.raises(InputError, match=r"sms\.xml: damaged XML"):
        list(read_sms(lines[:3], "sms.xml"))
    with pytest.raises(InputError, match=r"sms\.xml: XML with definitions"):
        list(read_sms(['<!DOCTYPE a [<!ENTITY b "c">]><smses/>'], "sms.xml"))


def test_a_page_of_telegram():
    page = """
    <div class="message service" id="1"><div class="body details">31 December 2020</div></div>
    <div class="message default clearfix" id="2">
     <div class="pull_left userpic_wrap"><div class="userpic"><div class="initials">A</div></div></div>
     <div class="body">
      <div class="pull_right date details" title="31.12.2020 21:15:33">21:15</div>
      <div class="from_name">
Anna
      </div>
      <div class="text">
hello <strong>you</strong><br>there &amp; here
      </div>
     </div>
    </div>
    <div class="message default clearfix joined" id="3"><div class="body"><div class="text">again</div></div></div>
    <div class="message default clearfix" id="4"><div class="body"><div class="from_name">Bob</div>
      <div class="forwarded body"><div class="from_name">News</div>
      <div class="text">not his</div></div>
      <div class="text">see</div></div></div>
    """
    read = [tuple(message) for message in read_html(page.splitlines(keepends=True))]
    assert read == [("Anna", "hello you\nthere & here"), ("Anna", "again"), ("Bob", "see")]
