"""Files that are looked for in `$COURSE_DATA`, then in the cache, then on the mirrors; verified, and kept whole."""

import gzip
import hashlib
import http.client
import os
import time
import urllib.error
import urllib.request
import zlib
from pathlib import Path

import filelock

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


def mnist_file(name):
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
    given = f" ({os.environ['COURSE_DATA']})" if os.environ.get("COURSE_DATA") else ""
    raise DataError(
        f"{path.name} is neither in $COURSE_DATA{given} nor in the cache, and no mirror gave it ({'; '.join(tried)}). "
        f"Connect to the network and run this again, or put the unpacked file into $COURSE_DATA/MNIST/raw."
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
