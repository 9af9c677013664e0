"""Images and labels as tensors, and batches of them.

Data is looked for in the folder that `$COURSE_DATA` names (torchvision's layout), then in the cache, and is then
downloaded; when nothing works, a lesson goes on with a stand-in and says so.
"""

import gzip
import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import filelock
import torch
import torch.nn.functional as F

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "convnet-course" / "data"
STALL_SECONDS = 15  # a mirror that sends nothing for so long is given up
FILE_SECONDS = 300  # and so is one that has not given the whole file by then

# The original files, whose sizes and SHA-256 are those of the unpacked content. The mirrors are tried in order.
MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
MNIST_FILES = {
    "train-images-idx3-ubyte": (
        47_040_016,
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    "train-labels-idx1-ubyte": (60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "t10k-images-idx3-ubyte": (7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "t10k-labels-idx1-ubyte": (10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}


class DataError(OSError):
    """Data that is missing, damaged or out of reach; the message says what was tried and what to do."""


class Dataset(NamedTuple):
    """Images as uint8 N×C×H×W from 0 to 255, labels as int64 N that index `class_names`."""

    name: str
    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    class_names: list


def load(name, *, stand_in=None):
    """Load `mnist`, `digits` (8×8, from scikit-learn) or a folder of images `{train,test}/<class>/*`.

    When MNIST cannot be had and `stand_in` names another set, that set is used, with its images enlarged to the same
    size, and a line says so. Raises `DataError` when there is no stand-in, or neither a set nor a folder of that name.
    """
    if name not in _LOADERS:
        return _load_folder(Path(name))
    try:
        return _LOADERS[name]()
    except DataError as error:
        if stand_in is None:
            raise
        print(f"{error}\nGoing on with the stand-in {stand_in!r}.")
        return _resized(load(stand_in), _IMAGE_SIZE.get(name))


def photograph(name):
    """A photograph that ships with scikit-learn, `china.jpg` or `flower.jpg`, as uint8 3×427×640."""
    from sklearn.datasets import load_sample_image

    return torch.from_numpy(load_sample_image(name).copy()).permute(2, 0, 1)


def _resized(data, size):
    def resize(images):
        return F.interpolate(images.float(), size, mode="bilinear").round().to(torch.uint8)

    if size is None:
        return data
    return data._replace(train_images=resize(data.train_images), test_images=resize(data.test_images))


def _load_mnist():
    arrays = {name: _parse_idx(_mnist_file(name)) for name in MNIST_FILES}
    images, labels, test_images, test_labels = arrays.values()
    names = [str(digit) for digit in range(10)]
    return Dataset("mnist", images[:, None], labels.long(), test_images[:, None], test_labels.long(), names)


def _load_digits():
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = torch.from_numpy(digits.images)[:, None].mul(255 / 16).round().to(torch.uint8)
    labels = torch.from_numpy(digits.target).long()
    # The images stand in the order in which people wrote them, so the last ones come from other writers.
    split = 1437
    names = [str(digit) for digit in range(10)]
    return Dataset("digits", images[:split], labels[:split], images[split:], labels[split:], names)


_LOADERS = {"mnist": _load_mnist, "digits": _load_digits}
_IMAGE_SIZE = {"mnist": (28, 28)}


def _parse_idx(content):
    """An unsigned-byte array in the IDX format: two zeros, type 8, number of axes, sizes, values."""
    axes = content[3]
    shape = [int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(axes)]
    return torch.frombuffer(bytearray(content), dtype=torch.uint8, offset=4 + 4 * axes).view(shape)


def _mnist_file(name):
    """Content of one file of MNIST, verified: from `$COURSE_DATA`, else the cache, else a mirror."""
    size, digest = MNIST_FILES[name]
    given = os.environ.get("COURSE_DATA")
    if given:
        path = Path(given) / "MNIST" / "raw" / name
        content = _content(path)
        if _is_intact(content, size, digest):
            return content
        if content is not None:
            raise DataError(
                f"{path} is damaged: {len(content):,} bytes where {size:,} with SHA-256 {digest[:12]}… belong. "
                f"Replace the file, or unset COURSE_DATA to have it downloaded."
            )
    cached = CACHE / "MNIST" / "raw" / name
    content = _content(cached)
    if _is_intact(content, size, digest):
        return content
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        # Lessons that begin together want the same file: one fetches it, the others wait.
        with filelock.FileLock(cached.with_name(name + ".lock")):
            content = _content(cached)
            if not _is_intact(content, size, digest):
                urls = [mirror + name + ".gz" for mirror in MNIST_MIRRORS]
                content = _download(urls, cached, size, digest)
            return content
    except DataError:
        raise
    except OSError as error:
        raise DataError(
            f"{name} cannot be kept in the cache ({error}): make room there, or set XDG_CACHE_HOME to another folder"
        ) from None


def _content(path):
    """The bytes of a file, or `None` when there is no such file."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error}): mend or remove it") from None


def _is_intact(content, size, digest):
    return content is not None and len(content) == size and hashlib.sha256(content).hexdigest() == digest


def _download(urls, path, size, digest):
    """Fetch a gzip file from the first mirror that has it whole, put it unpacked at `path` and return its content.

    What has arrived of it stays in a `.part` file beside it, from which the next attempt goes on.
    """
    part, whole = path.with_name(path.name + ".gz.part"), path.with_name(path.name + ".new")
    tried = []
    for url in urls:
        host = url.split("/")[2]
        try:
            _fetch(url, part)
        except (OSError, ValueError, http.client.HTTPException) as error:
            tried.append(f"{host}: {getattr(error, 'reason', None) or error or type(error).__name__}")
            continue
        try:
            content = gzip.decompress(part.read_bytes())
        except (OSError, EOFError, zlib.error) as error:
            content, reason = None, error
        else:
            reason = "wrong content"
        if _is_intact(content, size, digest):
            try:
                whole.write_bytes(content)
                os.replace(whole, path)
            finally:
                whole.unlink(missing_ok=True)
            part.unlink()
            return content
        tried.append(f"{host}: {reason}")
        part.unlink()  # it is complete, and yet not the file
    raise DataError(
        f"{path.name} is neither in $COURSE_DATA nor in the cache, and no mirror gave it ({'; '.join(tried)}). Connect "
        f"to the network and run this again, or put the unpacked file into $COURSE_DATA/MNIST/raw."
    )


def _fetch(url, part):
    """Append to `part` what is still missing of `url`; `OSError` if it does not all arrive."""
    from tqdm.auto import tqdm

    began = time.monotonic()
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        response = urllib.request.urlopen(request, timeout=STALL_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing is missing any more
            return
        raise
    resumed = response.status == 206
    total = int(response.headers.get("Content-Length", 0)) + (have if resumed else 0)
    bar = tqdm(desc=url.split("/")[-1], total=total or None, unit="B", unit_scale=True, disable=_quiet())
    with response, part.open("ab" if resumed else "wb") as file, bar:
        bar.update(have if resumed else 0)
        # read1 gives what has arrived; read would wait for a whole chunk, however slowly it drips.
        while chunk := response.read1(1 << 16):
            file.write(chunk)
            bar.update(len(chunk))
            if time.monotonic() - began > FILE_SECONDS:
                raise OSError(f"not whole after {FILE_SECONDS} s")
        if total and file.tell() < total:
            raise OSError(f"broke off after {file.tell():,} of {total:,} bytes")


def _quiet():
    """No bars on a page of the book; elsewhere a bar in a notebook and in a terminal, none in a log file."""
    return True if os.environ.get("COURSE_BOOK") else None


def _load_folder(root):
    if not root.is_dir():
        known = ", ".join(_LOADERS)
        raise DataError(
            f"there is no data set and no folder called {str(root)!r}: choose {known}, or make the folder"
        )
    splits = {}
    for split in ("train", "test"):
        splits[split] = {
            d.name: sorted(f for f in d.iterdir() if f.is_file() and not _is_hidden(f))
            for d in _subfolders(root / split)
        }
    class_names = sorted(splits["train"])
    if not class_names or class_names != sorted(splits["test"]):
        raise DataError(
            f"{root} must hold train/<class>/ and test/<class>/ with the same classes; found "
            f"train: {class_names or 'none'}, test: {sorted(splits['test']) or 'none'}"
        )
    return Dataset(root.name, *_read_split(splits["train"]), *_read_split(splits["test"]), class_names)


def _subfolders(folder):
    return [d for d in folder.iterdir() if d.is_dir() and not _is_hidden(d)] if folder.is_dir() else []


def _is_hidden(path):
    """Whether a file manager or an editor has left it there: `.DS_Store`, `.ipynb_checkpoints`."""
    return path.name.startswith(".")


def _read_split(files_of_class):
    files = [
        (path, label) for label, name in enumerate(sorted(files_of_class)) for path in files_of_class[name]
    ]
    if not files:
        raise DataError(
            f"the folders of the classes {', '.join(files_of_class)} hold no images in train or in test"
        )
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        images = list(pool.map(_read_image, [path for path, _ in files]))
    for image, (path, _) in zip(images, files):
        if image.shape != images[0].shape:
            (c, h, w), (_, h0, w0) = image.shape, images[0].shape
            raise DataError(
                f"{path} is {w}×{h} pixels with {c} channels, {files[0][0]} is {w0}×{h0}: make all alike"
            )
    return torch.stack(images), torch.tensor([label for _, label in files])


def _read_image(path):
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            pixels = image if image.mode in ("L", "RGB") else image.convert("RGB")
            values = torch.frombuffer(bytearray(pixels.tobytes()), dtype=torch.uint8)
            return values.view(image.height, image.width, -1).permute(2, 0, 1)
    except (UnidentifiedImageError, OSError) as error:
        raise DataError(f"{path} cannot be read as an image ({error}): replace or remove it") from None


class batches:  # in lower case, as `range` is: lessons call it like a function
    """An iterable of (images, labels) with a length: float32 N×C×H×W, standardised, on `device`.

    Pixels from 0 to 255 become (pixel/255 − mean)/std, where both are numbers or C×1×1 tensors. With `shuffle` every
    pass has another order, drawn from `seed` and the number of the pass. Each function of `augment` maps
    (images, generator) to images; the generator is one of the CPU.
    """

    def __init__(self, images, labels, batch_size=128, *, shuffle=False, augment=(), seed=0, mean=0.0, std=1.0,
                 device="cpu"):  # fmt: skip
        if len(images) != len(labels) or len(images) == 0:
            raise ValueError(
                f"{len(images)} images and {len(labels)} labels: give as many of each, at least one"
            )
        self.images, self.labels = images.to(device), labels.to(device)
        self.batch_size, self.shuffle, self.augment = batch_size, shuffle, augment
        self.mean, self.std, self.seed, self.passes = mean, std, seed, 0

    def __len__(self):
        return -(-len(self.images) // self.batch_size)

    def __iter__(self):
        generator = torch.Generator().manual_seed(hash((self.seed, self.passes)))
        self.passes += 1
        order = torch.randperm(len(self.images), generator=generator) if self.shuffle else None
        for start in range(0, len(self.images), self.batch_size):
            chosen = slice(start, start + self.batch_size)
            if order is not None:
                chosen = order[chosen].to(self.images.device)
            images = self.images[chosen].float().div(255).sub(self.mean).div(self.std)
            for function in self.augment:
                images = function(images, generator)
            yield images, self.labels[chosen]
