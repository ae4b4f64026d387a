"""A batch is read whole or refused in a sentence, and its signature covers its id, its moment and every byte."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from publishing.events.batch import check, read
from publishing.events.told import NotGenuine
from tests.factories import NOW
from tests.publishing.events.shop import NEW, event, signed


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"events": [' + b"%s, " * 1_000 + b"%s]}", "events: there are 1001; send 1 to 1,000 at a time."),
        (b"", "The body is no JSON: Expecting value: line 1 column 1 (char 0)."),
        (b'{"events": [\xff]}', "The body is no JSON: "),
        (b'{"events": [], "events": []}', "the body: the key 'events' stands twice."),
        (b"[]", 'the body: write {"events": [EVENT, \u2026]}.'),
        (b'{"events": []}', "events: there are 0; send 1 to 1,000 at a time."),
        (b'{"events": [1]}', "events[0]: input should be a valid dictionary"),
        (b'{"events": [%s, {"id": "2", "id": "3"}]}', "events[1]: the key 'id' stands twice."),
        (b'{"events": [%s, {"id": "2", "kind": "sold", "at": "x", "customer": "c01"}]}', "events[1]: kind: input should be 'delivered'"),
        (b'{"events": [{"id": "2", "kind": "converted", "at": 5, "customer": "c01"}]}', "events[0]: at: input should be a valid string"),
        (b'{"events": [%e, "value": NaN}]}', "events[0]: value: input should be a finite number"),
        (b'{"events": [%e, "value": -Infinity}]}', "events[0]: value: "),
        (b'{"events": [%e, "margin": 1e999}]}', "events[0]: margin: "),
        (b'{"events": [%e, "value": 1' + b"0" * 400 + b"}]}", "events[0]: value: "),
        (b'{"events": [%e, "value": 1' + b"0" * 5_000 + b"}]}", "The body is no JSON: "),
        (b'{"events": [%e, "value": "3"}]}', "events[0]: value: input should be a valid number"),
        (b'{"events": [%e, "value": true}]}', "events[0]: value: input should be a valid number"),
        (b'{"events": [{"id": "2", "kind": "converted", "at": "x", "customer": "c\\u0000"}]}', "events[0]: customer: it holds a NUL character"),
        (b'{"events": [{"id": "\\ud800", "kind": "converted", "at": "x", "customer": "c01"}]}', "events[0]: id: input should be a valid string"),
        (b'{"events": [%e, "\\ud800": 1}]}', "events[0]: input should be a valid string"),
        (b'{"events": [{"id": "2", "kind": "converted", "at": "x"}]}', "events[0]: give either receipt or customer, and not both"),
        (b'{"events": [%e, "currency": "euro"}]}', "events[0]: currency: "),
        (b'{"events": [{"id": "", "kind": "converted", "at": "x", "customer": "c01"}]}', "events[0]: id: "),
        (b'{"events": [%s, {"id": "1", "kind": "clicked", "at": "x", "customer": "c01"}]}', "events[1]: its id stands before it with something else"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_batch_is_refused_in_one_sentence(body: bytes, sentence: str) -> None:
    right = json.dumps(event("1")).encode()
    with pytest.raises(ValueError) as refused:
        read(body.replace(b"%s", right).replace(b"%e", right.removesuffix(b"}")))
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda headers: headers.clear(),
        lambda headers: headers.pop("webhook-id"),
        lambda headers: headers.update({"webhook-id": "msg_2"}),
        lambda headers: headers.update({"webhook-signature": headers["webhook-signature"][3:]}),
        lambda headers: headers.update({"webhook-signature": f"v2,{headers['webhook-signature'][3:]}"}),
        lambda headers: headers.update({"webhook-timestamp": "1"}),
        lambda headers: headers.update({"webhook-timestamp": "x" * 5_000}),
        lambda headers: headers.update({"webhook-timestamp": "9" * 5_000}),
        lambda headers: headers.update({"webhook-signature": ""}),
    ],
)
def test_what_is_not_signed_as_it_must_be_is_not_genuine(change: Callable[[dict[str, str]], object]) -> None:
    headers = signed(b"{}", NEW, NOW, "msg_1")
    check(headers, b"{}", [NEW], NOW)
    change(headers)
    with pytest.raises(NotGenuine):
        check(headers, b"{}", [NEW], NOW)
