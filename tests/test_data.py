"""Data from every place it may come from: given, cached, downloaded from real servers, missing, damaged."""

import contextlib
import gzip
import hashlib
import http.server
import io
import os
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from PIL import Image

from course_lib import data

NAMES = list(data.MNIST_FILES)
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
    monkeypatch.setattr(data, "MNIST_FILES", known)
    monkeypatch.setattr(data, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(data, "STALL_SECONDS", 0.5)
    with serve_mirror() as first, serve_mirror() as second:
        monkeypatch.setattr(data, "MNIST_MIRRORS", [f"http://{m.host}/" for m in (first, second)])
        yield first, second


def in_cache():
    return sorted(path.name for path in data.CACHE.rglob("*") if path.is_file() and path.suffix != ".lock")


def assert_is_small_mnist(got):
    assert got.train_images.flatten().tolist() == list(FILES[NAMES[0]][16:])
    assert got.test_labels.tolist() == list(FILES[NAMES[3]][8:])
    assert in_cache() == sorted(NAMES)
    for name in NAMES:
        assert (data.CACHE / "MNIST" / "raw" / name).read_bytes() == FILES[name]


def test_digits_are_1437_and_360_images_of_ten_classes():
    digits = data.load("digits")
    assert digits.train_images.shape == (1437, 1, 8, 8) and digits.test_images.shape == (360, 1, 8, 8)
    assert digits.train_labels.shape == (1437,) and digits.test_labels.shape == (360,)
    assert digits.train_images.dtype == torch.uint8 and digits.train_labels.dtype == torch.int64
    assert (digits.train_images.min(), digits.train_images.max()) == (0, 255)
    assert digits.class_names == list("0123456789")
    assert digits.train_labels.unique().tolist() == digits.test_labels.unique().tolist() == list(range(10))


@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_photographs_have_three_channels(name):
    picture = data.photograph(name)
    assert picture.shape == (3, 427, 640) and picture.dtype == torch.uint8 and picture.float().std() > 30


def test_mnist_is_what_torchvision_reads():
    given = os.environ.get("COURSE_DATA")
    if not given or not (Path(given) / "MNIST" / "raw").is_dir():
        pytest.skip("$COURSE_DATA/MNIST/raw is missing: put the four unpacked files of MNIST there")
    from torchvision.datasets import MNIST

    mnist = data.load("mnist")
    for train, images, labels in (True, *mnist[1:3]), (False, *mnist[3:5]):
        theirs = MNIST(given, train=train)
        assert torch.equal(images[:, 0], theirs.data) and torch.equal(labels, theirs.targets)
    assert len(mnist.train_images) == 60_000 and mnist.class_names == list("0123456789")


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
    assert (data.CACHE / "MNIST" / "raw" / in_cache()[0]).read_bytes() == ZIPPED[path][:have]
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
    monkeypatch.setattr(data, "FILE_SECONDS", 0.3)
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
    folder = data.CACHE / "MNIST" / "raw"
    folder.mkdir(parents=True)
    part = change(ZIPPED[path])
    (folder / f"{NAMES[0]}.gz.part").write_bytes(part)
    assert_is_small_mnist(data.load("mnist"))
    assert mirrors[0].asked[0] == (path, f"bytes={len(part)}-")


def test_a_damaged_file_in_the_cache_is_fetched_again(mirrors):
    data.load("mnist")
    (data.CACHE / "MNIST" / "raw" / NAMES[2]).write_bytes(b"damaged")
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
    monkeypatch.setattr(data, "CACHE", tmp_path / "file" / "cache")
    with pytest.raises(data.DataError, match=NAMES[0]):
        data.load("mnist")


def test_a_file_that_cannot_be_read_is_a_data_error(mirrors, tmp_path, monkeypatch):
    (tmp_path / "MNIST" / "raw" / NAMES[0]).mkdir(parents=True)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    with pytest.raises(data.DataError, match=f"{NAMES[0]} cannot be read .*: mend or remove it"):
        data.load("mnist")


def test_a_name_that_is_no_data_set_gets_no_stand_in():
    with pytest.raises(data.DataError, match="no data set and no folder called 'minst'"):
        data.load("minst", stand_in="digits")


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


def write_folder(root, *, train="ab", test="ab", mode="L", size=(6, 4)):
    """Two images of one shade in each class: 10 and 11 for a, 20 and 21 for b."""
    for split, classes in ("train", train), ("test", test):
        for name in classes:
            (root / split / name).mkdir(parents=True)
            for i in range(2):
                shade = 10 * (1 + "ab".index(name)) + i
                color = (shade, 0, 255) if mode == "RGB" else shade
                Image.new(mode, size, color).save(root / split / name / f"{i}.png")
    return root


@pytest.mark.parametrize("mode, colors", [("L", []), ("RGB", [0, 255])])
def test_a_folder_of_images_is_read_in_the_order_of_its_sorted_classes(tmp_path, mode, colors):
    root = write_folder(tmp_path / "mine", train="ba", mode=mode)
    (root / "train" / ".ipynb_checkpoints").mkdir()
    (root / "test" / "a" / ".DS_Store").touch()
    got = data.load(root)
    assert (got.name, got.class_names) == ("mine", ["a", "b"])
    assert got.train_images.shape == (4, 1 + len(colors), 4, 6) and got.train_images.dtype == torch.uint8
    assert got.train_images[:, :, 3, 5].tolist() == [[shade, *colors] for shade in (10, 11, 20, 21)]
    assert got.train_labels.tolist() == got.test_labels.tolist() == [0, 0, 1, 1]


def png(mode, size):
    Image.new(mode, size).save(file := io.BytesIO(), "png")
    return file.getvalue()


@pytest.mark.parametrize(
    "path, content, sentence",
    [
        (
            "train/b/1.png",
            png("L", (7, 4)),
            r"is 7×4 pixels with 1 channels, .*a/0\.png is 6×4: make all alike",
        ),
        ("test/a/1.png", png("RGB", (6, 4)), r"1\.png is 6×4 pixels with 3 channels, .*0\.png is 6×4: "),
        ("train/a/notes.txt", b"no image", r"notes\.txt cannot be read as an image .*: replace or remove it"),
        (
            "train/a/0.png",
            png("L", (6, 4))[:45],
            r"0\.png cannot be read as an image .*: replace or remove it",
        ),
        ("test", None, r"same classes; found train: \['a', 'b'\], test: none"),
        ("test/b", None, r"found train: \['a', 'b'\], test: \['a'\]"),
        ("", None, "there is no data set and no folder called .*: choose mnist, digits, or make the folder"),
    ],
    ids="wider coloured text half no_test no_test_b nothing".split(),
)
def test_a_folder_that_does_not_fit_is_refused_with_a_sentence(tmp_path, path, content, sentence):
    root = write_folder(tmp_path / "mine")
    if content is None:
        shutil.rmtree(root / path)
    else:
        (root / path).write_bytes(content)
    with pytest.raises(data.DataError, match=sentence):
        data.load(root)


def test_a_folder_whose_classes_are_empty_is_refused_with_a_sentence(tmp_path):
    for path in (root := write_folder(tmp_path / "mine")).glob("test/*/*.png"):
        path.unlink()
    with pytest.raises(data.DataError, match="test"):
        data.load(root)


@pytest.mark.slow
def test_cifar10_is_50000_and_10000_images_of_ten_classes():
    given = os.environ.get("COURSE_DATA")
    if not given or not (Path(given) / "cifar10" / "train").is_dir():
        pytest.skip("$COURSE_DATA/cifar10/train is missing: put CIFAR-10 there as folders of images")
    cifar10 = data.load(Path(given) / "cifar10")
    assert cifar10.train_images.shape == (50_000, 3, 32, 32) and cifar10.test_images.shape == (
        10_000,
        3,
        32,
        32,
    )
    assert len(cifar10.class_names) == 10
    assert cifar10.train_labels.bincount().tolist() == [5000] * 10
    assert cifar10.test_labels.bincount().tolist() == [1000] * 10


def numbered(count=10, **options):
    """Batches of images whose one pixel is their label."""
    labels = torch.arange(count)
    return data.batches(labels.to(torch.uint8).view(-1, 1, 1, 1), labels, **options)


def passed(batches):
    return torch.cat([labels for _, labels in batches]).tolist()


def test_pixels_are_standardised_and_keep_their_labels():
    pixels = torch.tensor([[0, 51], [102, 255]], dtype=torch.uint8)[:, None, None]
    ((images, labels),) = data.batches(pixels, torch.tensor([7, 8]), mean=0.4, std=0.2)
    expected = torch.tensor([[-2.0, -1.0], [0.0, 3.0]])[:, None, None]
    torch.testing.assert_close(images, expected, rtol=0, atol=1e-6)
    assert images.dtype == torch.float32 and labels.tolist() == [7, 8]
    for images, labels in numbered(batch_size=3, shuffle=True):
        assert images.mul(255).round().flatten().tolist() == labels.tolist()


@pytest.mark.parametrize("batch_size, sizes", [(4, [4, 4, 2]), (5, [5, 5]), (128, [10])])
@pytest.mark.parametrize("shuffle", [True, False])
def test_every_image_comes_once_a_pass(batch_size, sizes, shuffle):
    batches = numbered(batch_size=batch_size, shuffle=shuffle)
    assert len(batches) == len(sizes)
    for _ in range(2):
        assert [len(labels) for _, labels in batches] == sizes
        assert sorted(passed(batches)) == list(range(10))
    assert (passed(batches) == list(range(10))) != shuffle


def test_the_order_follows_from_the_seed_and_changes_from_pass_to_pass():
    def three(seed):
        batches = numbered(100, shuffle=True, seed=seed)
        return [passed(batches) for _ in range(3)]

    orders = three(5)
    assert three(5) == orders and orders[0] != orders[1] != orders[2] != orders[0]
    assert all(mine != other for mine in three(6) for other in orders)


def test_augmentations_get_images_and_the_generator_of_the_pass_in_turn():
    def noise(images, generator):
        return images + torch.rand(images.shape, generator=generator)

    def negative(images, generator):
        return -images

    def two_passes():
        batches = numbered(batch_size=5, augment=[noise, negative], seed=1)
        return [torch.cat([images for images, _ in batches]) for _ in range(2)]

    (first, second), again = two_passes(), two_passes()
    assert torch.equal(first, again[0]) and torch.equal(second, again[1]) and not torch.equal(first, second)
    plain = torch.cat([images for images, _ in numbered()])
    assert ((-first - plain) >= 0).all() and ((-first - plain) < 1).all()


@pytest.mark.parametrize("images, labels", [(3, 2), (2, 3), (0, 0)])
def test_images_and_labels_must_be_as_many(images, labels):
    with pytest.raises(ValueError, match=f"{images} images and {labels} labels: give as many of each"):
        data.batches(torch.zeros(images, 1, 2, 2), torch.zeros(labels))
