"""Sets, folders of images, and batches of them."""

import io
import os
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

from course_lib import data


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


def test_a_name_that_is_no_data_set_gets_no_stand_in():
    with pytest.raises(data.DataError, match="no data set and no folder called 'minst'"):
        data.load("minst", stand_in="digits")


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
