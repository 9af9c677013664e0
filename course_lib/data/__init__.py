"""Images and labels as tensors, and batches of them.

Data is looked for in the folder that `$COURSE_DATA` names (torchvision's layout), then in the cache, and is then
downloaded; when nothing works, a lesson goes on with a stand-in and says so.
"""

from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F

from course_lib.data import download, folder
from course_lib.data.download import DataError


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
        if not Path(name).is_dir():
            known = ", ".join(_LOADERS)
            raise DataError(
                f"there is no data set and no folder called {str(name)!r}: choose {known}, or make the folder"
            )
        return Dataset(*folder.read(Path(name)))
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
    arrays = {name: _parse_idx(download.mnist_file(name)) for name in download.MNIST_FILES}
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
