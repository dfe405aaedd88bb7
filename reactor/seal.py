"""Sealing: bytes that a visitor keeps for us and cannot read, change, or use elsewhere.

A token is

    format version (1 byte) | key id (4) | nonce (12) | AES-256-GCM of: issued at (8), payload | tag (16)

Its key is derived from one of the application's secrets, the purpose and the visitor, so a token made for
one purpose or visitor opens for no other; version, key id and purpose are authenticated besides. The nonce
is random: 2³² tokens may be sealed per key, that is per visitor and purpose. Nothing is compressed, as
the length would then tell of the content.

>>> from reactor.secret import fresh
>>> ring = Keyring([fresh()])
>>> token = ring.seal(b"count=1", purpose="state", visitor="ada")
>>> ring.open(token, purpose="state", visitor="ada", max_age=60)
b'count=1'
>>> ring.open(token, purpose="state", visitor="eve", max_age=60)
Traceback (most recent call last):
reactor.seal.Forged: not sealed here for this visitor and purpose
"""

import hashlib
import hmac
import os
import secrets as randomness
import struct
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from .protocol import SEEN_SIZE
from .secret import SecretError, check

FORMAT: Final = 1
OVERHEAD: Final = 1 + 4 + 12 + 8 + 16
"""How many bytes a token is longer than its payload."""
MAX_TOKEN: Final = 1 << 20
"""The longest token that is looked at unless told otherwise, in bytes."""
MAX_VISITOR: Final = 256
MARK_SIZE: Final = SEEN_SIZE
_KEYS_KEPT: Final = 1024  # about 3 kB each

_HEAD: Final = struct.Struct(">B4s12s")
_ISSUED: Final = struct.Struct(">Q")
_SALT: Final = b"reactor secret 1"


class SealError(ValueError):
    """A token that does not open. The message tells nothing of secrets or content."""


class Unknown(SealError):
    """Of another format, or sealed with a secret that is not in the ring (any more): an old one."""


class Forged(SealError):
    """Not sealed here for this purpose and visitor, changed since, cut off, or too long."""


class Expired(SealError):
    """Genuine, but older than allowed."""


class Keyring:
    """The keys of an application: the first secret seals, all of them open.

    Safe to be used by several threads.

    Arguments:
        secrets: what `reactor.secret.find` returns; the same one twice counts once.
        max_token: the longest token that is made or looked at, in bytes.
        clock: seconds since 1970, for tests.

    Raises:
        SecretError: there is none, or one of them is no secret.

    >>> from reactor.secret import fresh
    >>> old, new = fresh(), fresh()
    >>> token = Keyring([old]).seal(b"mine", purpose="state", visitor="ada")
    >>> Keyring([new, old]).open(token, purpose="state", visitor="ada", max_age=None)
    b'mine'
    >>> Keyring([new]).open(token, purpose="state", visitor="ada", max_age=None)
    Traceback (most recent call last):
    reactor.seal.Unknown: sealed with another secret
    """

    def __init__(
        self,
        secrets: Sequence[str | bytes],
        *,
        max_token: int = MAX_TOKEN,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if isinstance(secrets, (str, bytes)) or not secrets:
            raise SecretError("a keyring needs a sequence of at least one secret")
        self._roots: dict[bytes, bytes] = {}
        for number, secret in enumerate(dict.fromkeys(map(_bytes, secrets)), 1):
            check(secret, f"secret {number} of the keyring")
            root = hmac.digest(_SALT, secret, "sha256")
            key_id = _derive(root, b"key id", size=4)
            if key_id in self._roots:
                raise SecretError(f"secret {number} of the keyring has the key id of another; replace it")
            self._roots[key_id] = root
        self._sealing = next(iter(self._roots))
        self._max_token = max_token
        self._clock = clock
        # Making a key takes longer than using it. The least recently used ones go first, so strangers can
        # cost time but not memory.
        self._cipher = lru_cache(_KEYS_KEPT)(self._make_cipher)
        self._digest_keys = lru_cache(64)(self._make_digest_keys)

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._roots)}>"

    def seal(self, payload: bytes, *, purpose: str, visitor: bytes | str) -> bytes:
        """Encrypt and authenticate bytes.

        Arguments:
            payload: what only we may read and make.
            purpose: what it is for, a constant of the code.
            visitor: for whom: the visitor's id, at most 256 bytes.

        Returns:
            The token, `OVERHEAD` bytes longer than the payload and different each time.

        Raises:
            ValueError: the payload or the visitor's id is too long.

        >>> from reactor.secret import fresh
        >>> ring = Keyring([fresh()])
        >>> len(ring.seal(b"", purpose="state", visitor=new_visitor())) == OVERHEAD
        True
        """
        size = len(payload) + OVERHEAD
        if size > self._max_token:
            raise ValueError(f"a token of {size} bytes cannot be sealed, {self._max_token} are allowed")
        visitor = _bytes(visitor)
        if len(visitor) > MAX_VISITOR:
            raise ValueError(f"a visitor's id has at most {MAX_VISITOR} bytes, not {len(visitor)}")
        key_id = self._sealing
        head = _HEAD.pack(FORMAT, key_id, os.urandom(12))
        content = _ISSUED.pack(max(0, int(self._clock()))) + payload
        cipher = self._cipher(key_id, purpose, visitor)
        return head + cipher.encrypt(head[5:], content, head[:5] + _bytes(purpose))

    def open(self, token: bytes, *, purpose: str, visitor: bytes | str, max_age: float | None) -> bytes:
        """Give back what was sealed.

        Arguments:
            token: bytes that anybody may have made.
            purpose: as when it was sealed.
            visitor: as when it was sealed.
            max_age: seconds after which it is refused; None: never.

        Returns:
            The payload.

        Raises:
            Unknown: it is of another format or secret, so probably an old one.
            Forged: it was not sealed here for this purpose and visitor.
            Expired: it is genuine, but older than `max_age`.
        """
        if len(token) > self._max_token:
            raise Forged(f"longer than {self._max_token} bytes")
        if token[:1] != bytes([FORMAT]):
            raise Unknown("of another format") if token else Forged("empty")
        if len(token) < OVERHEAD:
            raise Forged("cut off")
        _, key_id, nonce = _HEAD.unpack_from(token)
        if key_id not in self._roots:
            raise Unknown("sealed with another secret")
        visitor = _bytes(visitor)
        if len(visitor) > MAX_VISITOR:
            raise Forged("not sealed here for this visitor and purpose")
        cipher = self._cipher(key_id, purpose, visitor)
        try:
            content = cipher.decrypt(nonce, token[_HEAD.size :], token[:5] + _bytes(purpose))
        except InvalidTag:
            raise Forged("not sealed here for this visitor and purpose") from None
        (issued,) = _ISSUED.unpack_from(content)
        if max_age is not None and self._clock() - issued > max_age:
            raise Expired(f"older than {max_age:g} seconds")
        return content[_ISSUED.size :]

    def digest(self, data: bytes, purpose: str, *, size: int = MARK_SIZE) -> bytes:
        """A short digest that only we can make, the same every time: BLAKE2b with a key of the first secret.

        Arguments:
            data: of what.
            purpose: what it is for, a constant of the code.
            size: in bytes, 4 to 64. A short one can be guessed: 6 bytes with 2⁴⁸ tries, which is
                enough for what grants nothing.

        Returns:
            `size` bytes.

        >>> from reactor.secret import fresh
        >>> ring = Keyring([fresh()])
        >>> ring.digest(b"price=10", "mark") == ring.digest(b"price=12", "mark")
        False
        """
        if not 4 <= size <= 64:
            raise ValueError(f"a digest has 4 to 64 bytes, not {size}")
        return hashlib.blake2b(data, digest_size=size, key=self._digest_keys(purpose)[0]).digest()

    def matches(self, data: bytes, digest: bytes, purpose: str, *, size: int = MARK_SIZE) -> bool:
        """Whether `digest` made this for `data`, with any secret of the ring.

        How long it takes tells nothing of the digest.

        >>> from reactor.secret import fresh
        >>> ring = Keyring([fresh()])
        >>> ring.matches(b"price=10", ring.digest(b"price=10", "mark"), "mark")
        True
        """
        if not 4 <= size <= 64:
            raise ValueError(f"a digest has 4 to 64 bytes, not {size}")
        found = False
        for key in self._digest_keys(purpose):
            expected = hashlib.blake2b(data, digest_size=size, key=key).digest()
            found |= hmac.compare_digest(expected, digest)
        return found

    def _make_cipher(self, key_id: bytes, purpose: str, visitor: bytes) -> AESGCM:
        return AESGCM(_derive(self._roots[key_id], b"seal", _bytes(purpose), visitor))

    def _make_digest_keys(self, purpose: str) -> tuple[bytes, ...]:
        return tuple(_derive(root, b"digest", _bytes(purpose)) for root in self._roots.values())


def new_visitor() -> str:
    """A new visitor's id: 32 random bytes as text for a cookie.

    >>> is_visitor(new_visitor())
    True
    """
    return randomness.token_urlsafe(32)


def is_visitor(text: str) -> bool:
    """Whether a text has the form of a visitor's id, so may be one that we gave.

    >>> is_visitor("ada")
    False
    """
    return len(text) == 43 and text.isascii() and text.replace("-", "a").replace("_", "a").isalnum()


def _derive(root: bytes, *parts: bytes, size: int = 32) -> bytes:
    """HKDF-SHA256, second half. Each part is preceded by its length, so no two lists of parts are alike."""
    info = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return HKDFExpand(SHA256(), size, info).derive(root)


def _bytes(text: str | bytes) -> bytes:
    # A cookie may hold anything; lone surrogates must not become an error of another kind.
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
