"""Sealed tokens open for whom and what they were made, and in no other way."""

from __future__ import annotations

import itertools
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reactor.seal import (
    MAX_VISITOR,
    OVERHEAD,
    Expired,
    Forged,
    Keyring,
    SealError,
    Unknown,
    is_visitor,
    new_visitor,
)
from reactor.secret import SecretError

# Fixed, so that every worker of a parallel run collects the same tests.
FIRST = "cN4mVq8ZtR2xWb7LkY5pHs9DfG3jQa6U-eT1oKi0rXvM"
SECOND = "Zw8rTn3KpV6yQc1HdL5sBx9MfJ2gRa7E-uW4oXi0tYvN"
THIRD = "Hq5vLz9RbT2kWm7XcP4nDs8YfG1jKa3U-iE6oQr0tZwB"
RING = Keyring([FIRST])


def open_(token: bytes, ring: Keyring = RING) -> bytes:
    return ring.open(token, purpose="state", visitor="ada", max_age=None)


def seal(payload: bytes, ring: Keyring = RING) -> bytes:
    return ring.seal(payload, purpose="state", visitor="ada")


@given(st.binary(max_size=2_000), st.text(max_size=20), st.binary(max_size=60) | st.text(max_size=60))
def test_open_gives_what_was_sealed(payload: bytes, purpose: str, visitor: bytes | str) -> None:
    token = RING.seal(payload, purpose=purpose, visitor=visitor)
    assert len(token) == len(payload) + OVERHEAD
    assert RING.open(token, purpose=purpose, visitor=visitor, max_age=5) == payload


def test_token_is_different_each_time_and_hides_the_payload() -> None:
    tokens = {seal(b"the price is 10") for _ in range(50)}
    assert len(tokens) == 50
    assert not any(b"price" in token for token in tokens)


def test_token_opens_in_no_other_place() -> None:
    """Every token in every place: other purpose, visitor and secret, and such as run into each other."""
    purposes = ["state", "call", "stat", "", "state|ada"]
    visitors: list[str | bytes] = ["ada", "eve", "eada", "", "|ada", b"\x00ada"]
    secrets = [FIRST, SECOND]
    places = list(itertools.product(purposes, visitors, secrets))
    rings = {secret: Keyring([secret]) for secret in secrets}
    for purpose, visitor, secret in places:
        token = rings[secret].seal(b"mine", purpose=purpose, visitor=visitor)
        for place in places:
            other_purpose, other_visitor, other_secret = place
            ring = rings[other_secret]
            if place == (purpose, visitor, secret):
                assert ring.open(token, purpose=purpose, visitor=visitor, max_age=None) == b"mine"
            else:
                with pytest.raises(Unknown if other_secret != secret else Forged):
                    ring.open(token, purpose=other_purpose, visitor=other_visitor, max_age=None)


def test_token_opens_in_no_other_place_within_one_ring() -> None:
    ring = Keyring([FIRST, SECOND])
    for secret in (FIRST, SECOND):
        token = Keyring([secret]).seal(b"mine", purpose="state", visitor="ada")
        assert open_(token, ring) == b"mine"
        # The other secret's id in front does not make it the other's.
        other = Keyring([SECOND if secret == FIRST else FIRST]).seal(b"", purpose="state", visitor="ada")
        with pytest.raises(Forged):
            open_(token[:1] + other[1:5] + token[5:], ring)


def test_all_errors_for_another_purpose_visitor_or_content_read_the_same() -> None:
    token = seal(b"mine")
    messages = set()
    for damaged, purpose, visitor in [
        (token, "call", "ada"),
        (token, "state", "eve"),
        (token, "state", "e" * (MAX_VISITOR + 1)),
        (token[:-1] + bytes([token[-1] ^ 1]), "state", "ada"),
    ]:
        with pytest.raises(Forged) as caught:
            RING.open(damaged, purpose=purpose, visitor=visitor, max_age=None)
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_every_single_bit_matters() -> None:
    token = seal(b"count=1")
    for bit in range(len(token) * 8):
        damaged = bytearray(token)
        damaged[bit // 8] ^= 1 << bit % 8
        # Version and key id say "old"; all the rest is a forgery.
        with pytest.raises(Unknown if bit < 40 else Forged):
            open_(bytes(damaged))


def test_token_cut_off_anywhere_is_refused() -> None:
    token = seal(b"count=1")
    for length in range(len(token)):
        with pytest.raises(Forged):
            open_(token[:length])
    with pytest.raises(Forged):
        open_(token + b"\0")


@given(st.binary(max_size=120))
def test_open_of_any_bytes_is_a_seal_error(data: bytes) -> None:
    head = seal(b"")[:5]
    for token in (data, head + data):
        with pytest.raises(SealError):
            open_(token)


@given(st.text(alphabet=st.characters(), max_size=5) | st.just("\ud800"))
def test_any_text_may_be_asked_for_as_visitor(visitor: str) -> None:
    with pytest.raises(Forged):
        RING.open(seal(b""), purpose="state", visitor=visitor, max_age=None)


def test_token_that_is_too_long_is_neither_made_nor_looked_at() -> None:
    ring = Keyring([FIRST], max_token=1_000)
    token = seal(b"x" * (1_000 - OVERHEAD), ring)
    assert len(token) == 1_000
    assert open_(token, ring) == b"x" * (1_000 - OVERHEAD)
    with pytest.raises(ValueError, match="1001 bytes"):
        seal(b"x" * (1_001 - OVERHEAD), ring)
    with pytest.raises(Forged, match="1000 bytes"):
        open_(seal(b"x" * (1_001 - OVERHEAD)), ring)


def test_visitor_that_is_too_long_gets_nothing_sealed() -> None:
    with pytest.raises(ValueError, match="256 bytes"):
        RING.seal(b"", purpose="state", visitor=b"x" * (MAX_VISITOR + 1))
    token = RING.seal(b"", purpose="state", visitor=b"x" * MAX_VISITOR)
    assert RING.open(token, purpose="state", visitor="x" * MAX_VISITOR, max_age=None) == b""


def test_token_expires_after_its_age_and_not_before() -> None:
    now = 1_000_000.9
    ring = Keyring([FIRST], clock=lambda: now)
    token = seal(b"mine", ring)
    now += 60
    assert ring.open(token, purpose="state", visitor="ada", max_age=61) == b"mine"
    now += 2
    with pytest.raises(Expired, match="61 seconds"):
        ring.open(token, purpose="state", visitor="ada", max_age=61)
    assert ring.open(token, purpose="state", visitor="ada", max_age=None) == b"mine"


def test_token_of_a_clock_that_is_ahead_opens() -> None:
    token = seal(b"mine", Keyring([FIRST], clock=lambda: 2_000.0))
    assert (
        Keyring([FIRST], clock=lambda: 1_000.0).open(token, purpose="state", visitor="ada", max_age=1)
        == b"mine"
    )


def test_secret_is_replaced_without_a_visitor_noticing() -> None:
    before, during, after = Keyring([FIRST]), Keyring([SECOND, FIRST]), Keyring([THIRD, SECOND])
    old, new = seal(b"old", before), seal(b"new", during)
    assert open_(old, during) == b"old"
    assert open_(new, Keyring([SECOND])) == b"new"
    assert open_(new, after) == b"new"
    with pytest.raises(Unknown):
        open_(old, after)
    with pytest.raises(Unknown):
        open_(new, before)


def test_token_of_another_format_is_old_and_not_forged() -> None:
    token = seal(b"mine")
    with pytest.raises(Unknown, match="format"):
        open_(b"\x00" + token[1:])
    with pytest.raises(Unknown, match="format"):
        open_(b"\x02" + token[1:])


def test_same_secret_twice_counts_once_as_text_or_bytes() -> None:
    assert open_(seal(b"mine", Keyring([FIRST, FIRST.encode()])), RING) == b"mine"


@pytest.mark.parametrize("secrets", [[], [""], ["short"], [FIRST, "x" * 64], [b"\0" * 32], FIRST])
def test_keyring_refuses_what_is_no_secret(secrets: list[str]) -> None:
    with pytest.raises(SecretError) as caught:
        Keyring(secrets)
    assert FIRST not in str(caught.value)


def test_keyring_shows_no_secrets() -> None:
    assert repr(Keyring([FIRST, SECOND])) == "<Keyring of 2>"


def test_errors_have_one_base() -> None:
    assert {Unknown.__base__, Forged.__base__, Expired.__base__} == {SealError}
    assert issubclass(SealError, ValueError)


def test_many_visitors_do_not_fill_the_memory() -> None:
    ring = Keyring([FIRST])
    token = seal(b"mine", ring)
    for number in range(3_000):
        with pytest.raises(Forged):
            ring.open(token, purpose="state", visitor=f"stranger {number}", max_age=None)
    assert ring._cipher.cache_info().currsize <= 1_024
    assert open_(token, ring) == b"mine"


def test_keyring_serves_several_threads() -> None:
    ring = Keyring([FIRST])
    wrong: list[object] = []

    def work(worker: int) -> None:
        for number in range(200):
            payload = f"{worker} {number}".encode()
            visitor = str(number % 7)
            token = ring.seal(payload, purpose="state", visitor=visitor)
            if ring.open(token, purpose="state", visitor=visitor, max_age=None) != payload:
                wrong.append((worker, number))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@given(st.binary(max_size=200), st.integers(4, 64))
def test_digest_is_the_same_each_time_and_matches(data: bytes, size: int) -> None:
    digest = RING.digest(data, "mark", size=size)
    assert len(digest) == size
    assert digest == Keyring([FIRST]).digest(data, "mark", size=size)
    assert RING.matches(data, digest, "mark", size=size)
    assert not RING.matches(data + b"\0", digest, "mark", size=size)
    assert not RING.matches(data, digest, "other", size=size)
    assert not RING.matches(data, digest[:-1], "mark", size=size)
    assert not RING.matches(data, b"", "mark", size=size)
    assert not Keyring([SECOND]).matches(data, digest, "mark", size=size)


def test_digest_of_a_replaced_secret_still_matches() -> None:
    old = Keyring([FIRST]).digest(b"price=10", "mark")
    ring = Keyring([SECOND, FIRST])
    assert ring.digest(b"price=10", "mark") != old
    assert ring.matches(b"price=10", old, "mark")
    assert ring.matches(b"price=10", ring.digest(b"price=10", "mark"), "mark")


def test_digest_that_anybody_could_guess_is_refused() -> None:
    for size in (0, 3, 65):
        with pytest.raises(ValueError, match="4 to 64"):
            RING.digest(b"", "mark", size=size)
        with pytest.raises(ValueError, match="4 to 64"):
            RING.matches(b"", b"", "mark", size=size)


def test_visitors_are_all_different_and_recognised() -> None:
    visitors = {new_visitor() for _ in range(100)}
    assert len(visitors) == 100
    assert all(map(is_visitor, visitors))


@pytest.mark.parametrize(
    "text", ["", "ada", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "é", "A" * 42 + "\n", "٣" * 43]
)
def test_other_text_is_no_visitor(text: str) -> None:
    assert not is_visitor(text)
