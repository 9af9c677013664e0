"""A folder of images, one folder for each class, as tensors."""

import os
from concurrent.futures import ThreadPoolExecutor

import torch

from course_lib.data.download import DataError


def read(root):
    """Name, training images and labels, test images and labels, class names of `root/{train,test}/<class>/*`."""
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
    return (root.name, *_read_split(splits["train"]), *_read_split(splits["test"]), class_names)


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
