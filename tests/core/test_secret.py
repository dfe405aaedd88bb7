"""Where the secret comes from, what is refused, and the one for development."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import secrets
import stat
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import pytest

from reactor.secret import SecretError, check, find, for_development, fresh
from reactor.secret.workers import has_siblings

PROJECT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, and no secret in the environment."""
    for name in ("REACTOR_SECRET", "REACTOR_ENV", "WEB_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "cache" / "reactor"


def only_file(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


def test_secrets_are_taken_from_the_argument() -> None:
    new, old = fresh(), fresh()
    assert find(new) == (new,)
    assert find([new, old]) == (new, old)
    assert find(f"{new},{old}") == (new, old)


@pytest.mark.parametrize("separator", [",", " ", "\n", ", ", " ,\t"])
def test_secrets_are_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch, separator: str) -> None:
    new, old = fresh(), fresh()
    monkeypatch.setenv("REACTOR_SECRET", f" {new}{separator}{old}\n")
    assert find() == (new, old)


def test_argument_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = fresh()
    monkeypatch.setenv("REACTOR_SECRET", fresh())
    assert find(mine) == (mine,)


def test_empty_variable_is_an_error_and_no_reason_to_invent_one(
    monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    monkeypatch.setenv("REACTOR_SECRET", " ")
    with pytest.raises(SecretError, match="REACTOR_SECRET is empty"):
        find()
    with pytest.raises(SecretError, match="`secret` is empty"):
        find([])
    assert not cache.exists()


BAD = [
    ("x" * 31, "31 characters"),
    ("", "0 characters"),
    ("x" * 64, "repeats itself"),
    ("changeme" * 5 + "cha", "repeats itself"),
    ("0123456789abcdef" * 4, "repeats itself"),
    ("01101001100101101001011001101001x", "few"),
    ("abcdefghijklmnopqrstuvwxyz0123456789", "neighbouring"),
    ("ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210", "neighbouring"),
    ("please-change_this-in-production-1", "placeholder"),
    ("django-insecure-4x!k2v9qzt7w3r8ypn6m", "placeholder"),
    ("Your-Secret goes here, 32 letters!!", "placeholder"),
    ("09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", "known"),
    (hashlib.sha256(b"").hexdigest(), "known"),
    (hashlib.sha256(b"secret").hexdigest().upper(), "known"),
    (hashlib.md5(b"password").hexdigest(), "known"),
    ("00000000-0000-0000-0000-000000000000", "few|repeats"),
]


@pytest.mark.parametrize(("secret", "fault"), BAD)
def test_what_is_no_secret_is_refused_with_the_remedy(secret: str, fault: str) -> None:
    for value in (secret, secret.encode()):
        with pytest.raises(SecretError, match=fault) as caught:
            check(value)
        assert "python -m reactor.secret" in str(caught.value)
        assert not secret or secret not in str(caught.value)


def test_message_says_which_of_several_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REACTOR_SECRET", f"{fresh()},tooshort")
    with pytest.raises(SecretError, match=r"REACTOR_SECRET \(secret 2 of 2\) has 8 characters") as caught:
        find()
    assert "tooshort" not in str(caught.value)


def test_random_secrets_of_every_usual_kind_are_taken() -> None:
    for _ in range(500):
        for secret in (fresh(), secrets.token_hex(16), secrets.token_urlsafe(24), str(uuid.uuid4())):
            check(secret)
        check(secrets.token_bytes(32))


def test_command_prints_a_fresh_secret() -> None:
    command = [sys.executable, "-W", "error", "-m", "reactor.secret"]
    printed = [
        subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True) for _ in range(2)
    ]
    first, second = (process.stdout.strip() for process in printed)
    check(first)
    assert first != second
    assert {process.stderr for process in printed} == {""}


def test_development_secret_stays_the_same_for_a_directory(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    (tmp_path / "link").symlink_to(one)
    secret = for_development(one)
    check(secret)
    assert for_development(one) == secret
    assert for_development(tmp_path / "link") == secret
    assert for_development(other / ".." / "one") == secret
    assert for_development(other) != secret


def test_development_secret_is_that_of_the_current_directory_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find() == find(directory=tmp_path) == find(directory=str(tmp_path)) == (for_development(tmp_path),)
    assert find(directory=tmp_path / "app") != find()


def test_development_secret_is_for_this_user_alone(tmp_path: Path, cache: Path) -> None:
    before = os.umask(0)
    try:
        for_development(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert stat.S_IMODE(only_file(cache).stat().st_mode) == 0o600


def test_development_secret_is_announced_without_being_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        secret = for_development(tmp_path)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("reactor", "WARNING")
    assert "set REACTOR_SECRET" in record.getMessage()
    assert secret not in record.getMessage()


def test_workers_that_start_together_share_the_development_secret(tmp_path: Path, cache: Path) -> None:
    """Six processes make the secrets of thirty directories at once."""
    program = (
        "import sys; from pathlib import Path; from reactor.secret import for_development\n"
        "print('ready', flush=True); sys.stdin.read()\n"
        "for number in range(30): print(for_development(Path(sys.argv[1], str(number))))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    workers = [
        subprocess.Popen(
            command,
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(6)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.close()
            worker.stdin = None
        answers = {worker.communicate(timeout=60)[0] for worker in workers}
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    (answer,) = answers
    assert len(set(answer.split())) == 30
    assert len(list(cache.iterdir())) == 30  # no drafts are left


def put_away(path: Path) -> None:
    path.rename(path.with_suffix(".away"))


def link_elsewhere(path: Path) -> None:
    put_away(path)
    path.symlink_to(path.with_suffix(".away"))


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir(0o700)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.chmod(0o640), "open to other users"),
        (lambda path: path.chmod(0o604), "open to other users"),
        (lambda path: path.write_bytes(b""), "damaged"),
        (lambda path: path.write_bytes(b"x" * 64), "damaged"),
        (lambda path: path.write_bytes(b"\xff" * 64), "damaged"),
        (link_elsewhere, "cannot be read"),
        (make_pipe, "no file"),
        (make_folder, "no file"),
        pytest.param(
            lambda path: os.chown(path, 12345, -1),
            "another user",
            marks=pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away"),
        ),
    ],
)
def test_development_secret_that_cannot_be_trusted_is_refused(
    tmp_path: Path, cache: Path, damage: object, message: str
) -> None:
    for_development(tmp_path)
    path = only_file(cache)
    assert callable(damage)
    damage(path)
    with pytest.raises(SecretError, match=message) as caught:
        for_development(tmp_path)
    assert str(path) in str(caught.value)
    assert "delete it, or set REACTOR_SECRET" in str(caught.value)


def test_folder_that_others_can_write_to_is_not_used(tmp_path: Path, cache: Path) -> None:
    cache.mkdir(parents=True)
    cache.chmod(0o777)
    secret = for_development(tmp_path)
    assert for_development(tmp_path) == secret
    assert not list(cache.iterdir())
    folder = tmp_path / "temporary" / f"reactor-{os.getuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert only_file(folder).read_text() == secret


def test_home_is_used_where_no_cache_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for value in ("", "relative/folder"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        for_development(tmp_path)
    monkeypatch.delenv("XDG_CACHE_HOME")
    secret = for_development(tmp_path)
    assert only_file(tmp_path / "home" / ".cache" / "reactor").read_text() == secret


def test_no_place_for_a_development_secret_is_an_error_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "file"))
    with pytest.raises(SecretError, match=r"nowhere to keep one.*Set REACTOR_SECRET"):
        for_development(tmp_path)


def test_production_needs_a_secret_that_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REACTOR_ENV", "production")
    with pytest.raises(SecretError, match=r"REACTOR_ENV is production.*Set REACTOR_SECRET"):
        find(directory=tmp_path)
    secret = fresh()
    assert find(secret, directory=tmp_path) == (secret,)
    monkeypatch.setenv("REACTOR_SECRET", secret)
    assert find(directory=tmp_path) == (secret,)
    monkeypatch.delenv("REACTOR_SECRET")
    monkeypatch.setenv("REACTOR_ENV", "development")
    assert find(directory=tmp_path)


@pytest.mark.parametrize(
    ("command", "concurrency", "several"),
    [
        ("uvicorn app:app", "", False),
        ("uvicorn app:app", "4", True),
        ("uvicorn app:app --workers 1", "4", False),
        ("uvicorn app:app --workers 3", "", True),
        ("fastapi run --workers=3", "", True),
        ("gunicorn -w 4 app:app", "", True),
        ("gunicorn -w4 app:app", "", True),
        ("uvicorn app:app --workers", "", False),
    ],
)
def test_several_workers_are_told_from_the_command_and_the_environment(
    monkeypatch: pytest.MonkeyPatch, command: str, concurrency: str, several: bool
) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", concurrency)
    assert has_siblings(command.split()) is several


def test_workers_of_one_server_must_have_the_same_secret(tmp_path: Path, cache: Path) -> None:
    """Processes of one parent, with the command line that they have under uvicorn."""
    program = (
        "import sys; from reactor.secret import SecretError, find\n"
        "try: find(sys.argv[1], directory=sys.argv[2]); print('ready', flush=True)\n"
        "except SecretError as error: print(error, flush=True)\n"
        "sys.stdin.read()"
    )

    def start(secret: str, directory: Path, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", program, secret, str(directory), *arguments]
        return subprocess.Popen(
            command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    one, other = fresh(), fresh()
    several = ("--workers", "2")
    with contextlib.ExitStack() as stack:
        said: list[str] = []
        started: list[subprocess.Popen[str]] = []
        for secret, directory, arguments in (
            (one, tmp_path, several),
            (one, tmp_path, several),
            (other, tmp_path, several),
            (other, tmp_path, ()),  # a server of its own
            (other, tmp_path / "other", several),
        ):
            process = stack.enter_context(start(secret, directory, *arguments))
            assert process.stdout is not None
            said.append(process.stdout.readline().strip())
            started.append(process)
        assert [text for text in said if text != "ready"] == [said[2]]
        assert f"another secret than process {started[0].pid}" in said[2]
        assert "Set REACTOR_SECRET" in said[2]
        assert one not in said[2]
        for process in started:
            process.communicate()
    # Once they have ended, another secret is another server's.
    with start(other, tmp_path, *several) as process:
        assert process.communicate()[0].strip() == "ready"
    assert not any(one in path.read_text() for path in cache.iterdir())
