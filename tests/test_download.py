"""MNIST from every place it may come from: given, cached, downloaded from real servers, missing, damaged."""

import contextlib
import gzip
import hashlib
import http.server
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from course_lib import data
from course_lib.data import download

NAMES = list(download.MNIST_FILES)
OFFLINE = """
from course_lib import data
print(data.load("mnist", stand_in="digits").train_images.shape)
data.load("mnist")
"""


def idx(*shape):
    """A small file in the IDX format with values 0, 1, 2, …"""
    values = bytes(i % 10 for i in range(torch.Size(shape).numel()))
    return bytes([0, 0, 8, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape) + values


FILES = dict(zip(NAMES, [idx(50, 28, 28), idx(50), idx(30, 28, 28), idx(30)]))
ZIPPED = {f"/{name}.gz": gzip.compress(content, mtime=0) for name, content in FILES.items()}


class Mirror(http.server.BaseHTTPRequestHandler):
    """Serves the bytes in `served`; a path in `cut` breaks off after so many bytes, once; `silent` ones hang,
    `garbled` ones answer with no HTTP, `dripping` ones send a byte now and then."""

    def do_GET(self):
        mirror, asked = self.server, self.headers.get("Range")
        mirror.asked.append((self.path, asked))
        if self.path in mirror.silent:
            mirror.done.wait(10)
            return
        if self.path in mirror.garbled:
            self.wfile.write(b"no HTTP\r\n\r\n")
            return
        if self.path not in mirror.served:
            return self.send_error(404)
        content = mirror.served[self.path]
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and mirror.resumes else 0
        if start and start >= len(content):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", len(content) - start)
        self.end_headers()
        if self.path in mirror.dripping:
            for i in range(20):
                self.wfile.write(content[i : i + 1])
                if mirror.done.wait(0.05):
                    break
            return
        self.wfile.write(content[start:][: mirror.cut.pop(self.path, None)])

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serve_mirror():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    server.daemon_threads = True
    server.asked, server.served, server.cut = [], dict(ZIPPED), {}
    server.silent, server.garbled, server.dripping = set(), set(), set()
    server.resumes, server.done = True, threading.Event()
    server.host = f"127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.done.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def mirrors(tmp_path, monkeypatch):
    """Two mirrors of a small MNIST, an empty cache, and nothing in $COURSE_DATA."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    known = {n: (len(c), hashlib.sha256(c).hexdigest()) for n, c in FILES.items()}
    monkeypatch.setattr(download, "MNIST_FILES", known)
    monkeypatch.setattr(download, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(download, "STALL_SECONDS", 0.5)
    with serve_mirror() as first, serve_mirror() as second:
        monkeypatch.setattr(download, "MNIST_MIRRORS", [f"http://{m.host}/" for m in (first, second)])
        yield first, second


def in_cache():
    return sorted(
        path.name for path in download.CACHE.rglob("*") if path.is_file() and path.suffix != ".lock"
    )


def assert_is_small_mnist(got):
    assert got.train_images.flatten().tolist() == list(FILES[NAMES[0]][16:])
    assert got.test_labels.tolist() == list(FILES[NAMES[3]][8:])
    assert in_cache() == sorted(NAMES)
    for name in NAMES:
        assert (download.CACHE / "MNIST" / "raw" / name).read_bytes() == FILES[name]


def test_a_download_is_kept_and_asked_for_once(mirrors):
    assert_is_small_mnist(data.load("mnist"))
    assert mirrors[0].asked == [(path, None) for path in ZIPPED] and mirrors[1].asked == []
    assert_is_small_mnist(data.load("mnist"))
    assert len(mirrors[0].asked) == 4


@pytest.mark.parametrize("resumes", [True, False])
def test_a_broken_transfer_goes_on_where_it_stopped(mirrors, resumes):
    path = f"/{NAMES[0]}.gz"
    first, second = mirrors
    first.cut[path], second.cut[path] = 40, 30
    second.resumes = resumes
    with pytest.raises(data.DataError, match=NAMES[0]):
        data.load("mnist")
    have = 70 if resumes else 30
    assert in_cache() == [f"{NAMES[0]}.gz.part"]
    assert (download.CACHE / "MNIST" / "raw" / in_cache()[0]).read_bytes() == ZIPPED[path][:have]
    assert_is_small_mnist(data.load("mnist"))
    assert first.asked[:2] == [(path, None), (path, f"bytes={have}-")] and second.asked == [
        (path, "bytes=40-")
    ]


WRONG = {
    "404": (None, "Not Found"),
    "a page instead of a file": (b"<html>Please log in</html>", "Not a gzipped file"),
    "another file": (gzip.compress(b"another file"), "wrong content"),
    "a file of the right length": (gzip.compress(FILES[NAMES[0]][:-1] + b"\xff"), "wrong content"),
    "half a file": (ZIPPED[f"/{NAMES[0]}.gz"][:90], "ended before"),
    "nothing": (b"", ""),
    "a damaged file": (ZIPPED[f"/{NAMES[0]}.gz"][:10] + b"\xff" * 90, ""),
}


def serve_instead(mirror, content):
    mirror.served.pop(f"/{NAMES[0]}.gz")
    if content is not None:
        mirror.served[f"/{NAMES[0]}.gz"] = content


@pytest.mark.parametrize("wrong", WRONG)
def test_the_second_mirror_is_asked_when_the_first_gives_nothing_good(mirrors, wrong):
    serve_instead(mirrors[0], WRONG[wrong][0])
    assert_is_small_mnist(data.load("mnist"))
    assert len(mirrors[1].asked) == 1


@pytest.mark.parametrize("wrong", WRONG)
def test_when_no_mirror_is_good_the_file_the_hosts_and_the_reasons_are_named(mirrors, wrong):
    for mirror in mirrors:
        serve_instead(mirror, WRONG[wrong][0])
    with pytest.raises(data.DataError, match=f"^{NAMES[0]} is neither in") as refused:
        data.load("mnist")
    assert all(f"{mirror.host}: " in str(refused.value) for mirror in mirrors)
    assert WRONG[wrong][1] in str(refused.value)
    assert NAMES[0] not in in_cache()
    for mirror in mirrors:
        mirror.served.update(ZIPPED)
    assert_is_small_mnist(data.load("mnist"))


@pytest.mark.parametrize("fault", ["silent", "garbled", "dripping"])
def test_a_mirror_that_gives_nothing_in_time_is_given_up(mirrors, monkeypatch, fault):
    monkeypatch.setattr(download, "FILE_SECONDS", 0.3)
    getattr(mirrors[0], fault).update(ZIPPED)
    assert_is_small_mnist(data.load("mnist"))
    assert len(mirrors[1].asked) == 4


def test_callers_that_begin_together_download_once(mirrors):
    with ThreadPoolExecutor(8) as pool:
        for got in pool.map(data.load, ["mnist"] * 8):
            assert_is_small_mnist(got)
    assert len(mirrors[0].asked) == 4 and mirrors[1].asked == []


@pytest.mark.parametrize(
    "change", [bytes, lambda content: content + b"more", lambda content: content[:-9] + bytes(2) * 9]
)
def test_a_part_that_is_already_whole_or_too_long_ends_well(mirrors, change):
    path = f"/{NAMES[0]}.gz"
    folder = download.CACHE / "MNIST" / "raw"
    folder.mkdir(parents=True)
    part = change(ZIPPED[path])
    (folder / f"{NAMES[0]}.gz.part").write_bytes(part)
    assert_is_small_mnist(data.load("mnist"))
    assert mirrors[0].asked[0] == (path, f"bytes={len(part)}-")


def test_a_damaged_file_in_the_cache_is_fetched_again(mirrors):
    data.load("mnist")
    (download.CACHE / "MNIST" / "raw" / NAMES[2]).write_bytes(b"damaged")
    assert_is_small_mnist(data.load("mnist"))
    assert mirrors[0].asked[4:] == [(f"/{NAMES[2]}.gz", None)]


def test_a_damaged_file_in_course_data_is_named_and_nothing_else_is_touched(mirrors, tmp_path, monkeypatch):
    data.load("mnist")
    folder = tmp_path / "given" / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    (folder / NAMES[1]).write_bytes(FILES[NAMES[1]][:-1])
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "given"))
    with pytest.raises(
        data.DataError, match=f"given/MNIST/raw/{NAMES[1]} is damaged: 57 bytes where 58 "
    ) as e:
        data.load("mnist")
    assert "Replace the file, or unset COURSE_DATA" in str(e.value)
    assert in_cache() == sorted(NAMES) and len(mirrors[0].asked) == 4
    (folder / NAMES[1]).write_bytes(FILES[NAMES[1]])
    assert_is_small_mnist(data.load("mnist"))


def test_a_cache_that_cannot_be_written_is_a_data_error(mirrors, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(download, "CACHE", tmp_path / "file" / "cache")
    with pytest.raises(data.DataError, match=NAMES[0]):
        data.load("mnist")


def test_a_file_that_cannot_be_read_is_a_data_error(mirrors, tmp_path, monkeypatch):
    (tmp_path / "MNIST" / "raw" / NAMES[0]).mkdir(parents=True)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    with pytest.raises(data.DataError, match=f"{NAMES[0]} cannot be read .*: mend or remove it"):
        data.load("mnist")


def test_without_a_network_the_stand_in_is_named_and_without_one_the_error_tells_all(
    tmp_path, without_network
):
    environment = os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment.pop("COURSE_DATA", None)
    apart = [*without_network, sys.executable, "-c", OFFLINE]
    root = Path(__file__).parents[1]
    ended = subprocess.run(apart, env=environment, cwd=root, capture_output=True, text=True)
    told, *lines = ended.stdout.splitlines()
    for expected in (NAMES[0], "neither in $COURSE_DATA nor in the cache", "raw.githubusercontent.com: "):
        assert told.count(expected) == 1
    assert lines == ["Going on with the stand-in 'digits'.", "torch.Size([1437, 1, 28, 28])"]
    assert ended.returncode == 1 and ended.stderr.endswith(f"DataError: {told}\n")
    assert {path.suffix for path in tmp_path.rglob(f"{NAMES[0]}*")} <= {".lock"}
