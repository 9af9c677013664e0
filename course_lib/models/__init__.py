"""All networks of the course, by name, with their published numbers: one row each."""

import difflib
import pickle
from collections.abc import Callable
from typing import NamedTuple

import torch

from course_lib.models import (
    alexnet,
    alphago,
    bn_inception,
    densenet,
    efficientnet,
    googlenet,
    highway,
    inception_resnet,
    inception_v3,
    inception_v4,
    lenet,
    mobilenet_v1,
    mobilenet_v2,
    mobilenet_v3,
    nasnet,
    nin,
    preact_resnet,
    resnet,
    resnext,
    senet,
    shufflenet_v1,
    shufflenet_v2,
    vgg,
    wide_resnet,
    xception,
    zfnet,
)
from course_lib.models.fusion import fuse
from course_lib.models.weights import TORCHVISION, transplant

__all__ = [
    "REGISTRY", "TORCHVISION", "Info", "create", "fuse", "info", "load_torchvision", "names", "transplant",
]  # fmt: skip


class Info(NamedTuple):
    """What is known of a network; input C×H×W in pixels, MACs (multiply-accumulates) of one image.

    Errors are those of one network, in %, on ImageNet's validation images, on the test images of MNIST or CIFAR-10, or of
    predicted Go moves.
    """

    build: Callable  # (**options) → nn.Module
    input_shape: tuple
    parameters: int  # trainable
    macs: int  # convolutions and linear layers, without biases
    top1_error: float | None
    top5_error: float | None
    paper: str  # key in references.bib
    source: str  # where the counts and the errors come from

    @property
    def year(self):
        """Of the paper."""
        return int(self.paper[-4:])


MNIST, CIFAR = (1, 28, 28), (3, 32, 32)
RGB_224, RGB_227, RGB_299 = (3, 224, 224), (3, 227, 227), (3, 299, 299)

# fmt: off
REGISTRY = {
    # name                 build                    input        parameters            MACs  top-1  top-5  paper and source

    "lenet5_1998":    Info(lenet.lenet5_1998,       (1, 32, 32),     60_000,        325_680,  0.95, None, "lecun1998", "section II.B: 340,908 connections less biases, S2, S4, output; section III.B"),
    "lenet5":         Info(lenet.lenet5,            MNIST,           61_706,        416_520,  None, None, "lecun1998", "counted layer by layer"),

    # AlexNet
    "alexnet":        Info(alexnet.alexnet,         RGB_227,     60_965_224,    724_406_816, 40.70, 18.20, "krizhevsky2012", "counted layer by layer, equal to BVLC's Caffe network; errors from table 2, one network"),
    "alexnet_one_tower": Info(alexnet.alexnet_one_tower, RGB_227, 62_378_344, 1_135_256_096,  None,  None, "krizhevsky2012", "counted layer by layer; parameters as pytorchcv's alexnet"),
    "alexnet_owt":    Info(alexnet.alexnet_owt,     RGB_224,     61_100_840,    714_188_480, 43.48, 20.93, "krizhevsky2014", "torchvision's alexnet; errors of its weights"),

    # ZFNet
    "zfnet":          Info(zfnet.zfnet,             RGB_224,     62_357_608,  1_168_032_896, 38.40, 16.50, "zeiler2014", "counted from figure 3; errors from table 2, one network"),
    "zfnet_wide":     Info(zfnet.zfnet_wide,        RGB_224,    107_627_624,  2_476_704_896, 37.50, 16.00, "zeiler2014", "counted layer by layer; errors from table 2, one network"),

    # VGG
    "vgg11":          Info(vgg.vgg11,               RGB_224,    132_863_336,  7_609_090_048, 29.60, 10.40, "simonyan2015", "table 1, A; errors from table 3"),
    "vgg11_lrn":      Info(vgg.vgg11_lrn,           RGB_224,    132_863_336,  7_609_090_048, 29.70, 10.50, "simonyan2015", "table 1, A-LRN; errors from table 3"),
    "vgg13":          Info(vgg.vgg13,               RGB_224,    133_047_848, 11_308_466_176, 28.70,  9.90, "simonyan2015", "table 1, B; errors from table 3"),
    "vgg16_c":        Info(vgg.vgg16_c,             RGB_224,    133_638_952, 11_770_888_192, 27.30,  8.80, "simonyan2015", "table 1, C; errors from table 3, scale jitter"),
    "vgg16":          Info(vgg.vgg16,               RGB_224,    138_357_544, 15_470_264_320, 25.60,  8.10, "simonyan2015", "table 1, D; errors from table 3, scale jitter"),
    "vgg19":          Info(vgg.vgg19,               RGB_224,    143_667_240, 19_632_062_464, 25.50,  8.00, "simonyan2015", "table 1, E; errors from table 3, scale jitter"),
    "vgg11_bn":       Info(vgg.vgg11_bn,            RGB_224,    132_868_840,  7_609_090_048, 29.63, 10.19, "simonyan2015", "torchvision; errors of its weights"),
    "vgg13_bn":       Info(vgg.vgg13_bn,            RGB_224,    133_053_736, 11_308_466_176, 28.41,  9.63, "simonyan2015", "torchvision; errors of its weights"),
    "vgg16_bn":       Info(vgg.vgg16_bn,            RGB_224,    138_365_992, 15_470_264_320, 26.64,  8.48, "simonyan2015", "torchvision; errors of its weights"),
    "vgg19_bn":       Info(vgg.vgg19_bn,            RGB_224,    143_678_248, 19_632_062_464, 25.78,  8.16, "simonyan2015", "torchvision; errors of its weights"),

    # Network in Network
    "nin_cifar":      Info(nin.nin_cifar,           CIFAR,          966_986,    222_486_528,  8.81,  None, "lin2014", "counted layer by layer, equal to pytorchcv's nin_cifar10; error from table 1, augmented"),
    "nin":            Info(nin.nin,                 RGB_224,      7_595_176,  1_100_188_800, 40.64,  None, "lin2014", "counted layer by layer; error from the author's page, gist mavenlin/d802a5849de39225bcc6"),

    # Highway
    "highway10":      Info(highway.highway10,       MNIST,          151_690,     31_650_624,  0.45,  None, "srivastava2015", "counted from the authors' Caffe network; error from table 1, width 32"),
    "highway19":      Info(highway.highway19,       CIFAR,        2_256_838,    330_826_728,  7.60,  None, "srivastava2015", "counted from the authors' Caffe network; error from table 3, best of 5"),

    # GoogLeNet
    "googlenet":             Info(googlenet.googlenet,             RGB_224, 6_998_552, 1_582_671_872,  None, 10.07, "szegedy2015", "Caffe's bvlc_googlenet; table 3, one network, one crop"),
    "googlenet_torchvision": Info(googlenet.googlenet_torchvision, RGB_224, 6_624_904, 1_498_376_192, 30.22, 10.47, "szegedy2015", "torchvision; errors of torchvision's IMAGENET1K_V1"),

    # BN-Inception
    "bn_inception":    Info(bn_inception.bn_inception,    RGB_224, 11_295_240, 2_032_600_064, 25.20, 7.80, "ioffe2015", "pytorchcv's bninception; table 3 of szegedy2016"),
    "se_bn_inception": Info(bn_inception.se_bn_inception, RGB_224, 11_931_622, 2_033_239_424, 23.62, 7.04, "hu2018", "the authors' Caffe network; errors of their released weights"),

    # Inception-v3
    "inception_v3":    Info(inception_v3.inception_v3,    RGB_299, 23_834_568, 5_713_216_096, 21.20, 5.60, "szegedy2016", "torchvision; table 3, one crop"),

    # Residual networks
    "resnet18":       Info(resnet.resnet18,         RGB_224,     11_689_512,  1_814_073_344, 30.24, 10.92, "he2016", "table 1; errors of torchvision's IMAGENET1K_V1"),
    "resnet34":       Info(resnet.resnet34,         RGB_224,     21_797_672,  3_663_761_408, 26.69,  8.58, "he2016", "table 1; errors of torchvision's IMAGENET1K_V1"),
    "resnet50":       Info(resnet.resnet50,         RGB_224,     25_557_032,  4_089_184_256, 23.87,  7.14, "he2016", "table 1, stride on the 3×3; errors of torchvision's IMAGENET1K_V1"),
    "resnet101":      Info(resnet.resnet101,        RGB_224,     44_549_160,  7_801_405_440, 22.63,  6.45, "he2016", "table 1, stride on the 3×3; errors of torchvision's IMAGENET1K_V1"),
    "resnet152":      Info(resnet.resnet152,        RGB_224,     60_192_808, 11_513_626_624, 21.69,  5.95, "he2016", "table 1, stride on the 3×3; errors of torchvision's IMAGENET1K_V1"),
    "resnet50_v1":    Info(resnet.resnet50_v1,      RGB_224,     25_557_032,  3_857_973_248, 24.70,  7.80, "he2016", "table 1; errors of the authors' released weights"),
    "resnet101_v1":   Info(resnet.resnet101_v1,     RGB_224,     44_549_160,  7_570_194_432, 23.60,  7.10, "he2016", "table 1; errors of the authors' released weights"),
    "resnet152_v1":   Info(resnet.resnet152_v1,     RGB_224,     60_192_808, 11_282_415_616, 23.00,  6.70, "he2016", "table 1; errors of the authors' released weights"),
    "resnet20_cifar":     Info(resnet.resnet20_cifar,     CIFAR,    269_722,    40_551_040,  8.75, None, "he2016", "table 6, option A"),
    "resnet32_cifar":     Info(resnet.resnet32_cifar,     CIFAR,    464_154,    68_862_592,  7.51, None, "he2016", "table 6, option A"),
    "resnet44_cifar":     Info(resnet.resnet44_cifar,     CIFAR,    658_586,    97_174_144,  7.17, None, "he2016", "table 6, option A"),
    "resnet56_cifar":     Info(resnet.resnet56_cifar,     CIFAR,    853_018,   125_485_696,  6.97, None, "he2016", "table 6, option A"),
    "resnet110_cifar":    Info(resnet.resnet110_cifar,    CIFAR,  1_727_962,   252_887_680,  6.43, None, "he2016", "table 6, option A; best of five runs"),
    "resnet1202_cifar":   Info(resnet.resnet1202_cifar,   CIFAR, 19_421_274, 2_829_238_912,  7.93, None, "he2016", "table 6, option A"),
    "resnet20_cifar_b":   Info(resnet.resnet20_cifar_b,   CIFAR,    272_474,    40_813_184,  None, None, "he2016", "table 6, with option B: counted layer by layer"),
    "resnet32_cifar_b":   Info(resnet.resnet32_cifar_b,   CIFAR,    466_906,    69_124_736,  None, None, "he2016", "table 6, with option B: counted layer by layer"),
    "resnet44_cifar_b":   Info(resnet.resnet44_cifar_b,   CIFAR,    661_338,    97_436_288,  None, None, "he2016", "table 6, with option B: counted layer by layer"),
    "resnet56_cifar_b":   Info(resnet.resnet56_cifar_b,   CIFAR,    855_770,   125_747_840,  None, None, "he2016", "table 6, with option B: counted layer by layer"),
    "resnet110_cifar_b":  Info(resnet.resnet110_cifar_b,  CIFAR,  1_730_714,   253_149_824,  None, None, "he2016", "table 6, with option B: counted layer by layer"),
    "resnet1202_cifar_b": Info(resnet.resnet1202_cifar_b, CIFAR, 19_424_026, 2_829_501_056,  None, None, "he2016", "table 6, with option B: counted layer by layer"),

    # Pre-activation residual networks
    "preact_resnet110_cifar":  Info(preact_resnet.preact_resnet110_cifar,  CIFAR,    1_730_522,   253_149_824,  6.37, None, "he_identity2016", "pytorchcv; error of table 2, where shortcuts are padded with zeros"),
    "preact_resnet164_cifar":  Info(preact_resnet.preact_resnet164_cifar,  CIFAR,    1_703_258,   244_500_992,  5.46, None, "he_identity2016", "the authors' code; table 4"),
    "preact_resnet1001_cifar": Info(preact_resnet.preact_resnet1001_cifar, CIFAR,   10_327_706, 1_487_849_984,  4.92, None, "he_identity2016", "the authors' code; table 4, batches of 128"),
    "preact_resnet50":         Info(preact_resnet.preact_resnet50,         RGB_224, 25_549_480, 4_089_184_256,  None, None, "he_identity2016", "pytorchcv, stride on the 3×3"),
    "resnetv2_50":             Info(preact_resnet.resnetv2_50,             RGB_224, 25_549_352, 4_089_184_256,  None, None, "he_identity2016", "timm"),

    # Wide residual networks
    "wrn_28_10":        Info(wide_resnet.wrn_28_10,        CIFAR,    36_479_194,  5_243_328_768,  4.00, None, "zagoruyko2016", "table 5"),
    "wrn_16_8":         Info(wide_resnet.wrn_16_8,         CIFAR,    10_961_370,  1_548_145_664,  4.27, None, "zagoruyko2016", "table 5"),
    "wrn_40_4":         Info(wide_resnet.wrn_40_4,         CIFAR,     8_949_210,  1_298_582_016,  4.53, None, "zagoruyko2016", "table 5"),
    "wrn_22_8":         Info(wide_resnet.wrn_22_8,         CIFAR,    17_158_106,  2_454_115_328,  4.38, None, "zagoruyko2016", "table 4, whitened images"),
    "wrn_40_2":         Info(wide_resnet.wrn_40_2,         CIFAR,     2_243_546,    327_599_360,  5.33, None, "zagoruyko2016", "table 4, whitened images"),
    "wrn_28_2":         Info(wide_resnet.wrn_28_2,         CIFAR,     1_467_610,    214_353_152,  None, None, "zagoruyko2016", "counted layer by layer"),
    "wrn_16_4":         Info(wide_resnet.wrn_16_4,         CIFAR,     2_748_890,    392_612_352,  5.02, None, "zagoruyko2016", "table 6"),
    "wide_resnet50_2":  Info(wide_resnet.wide_resnet50_2,  RGB_224,  68_883_240, 11_398_021_120, 21.53, 5.91, "zagoruyko2016", "torchvision; errors of torchvision's IMAGENET1K_V1"),
    "wide_resnet101_2": Info(wide_resnet.wide_resnet101_2, RGB_224, 126_886_696, 22_753_050_624, 21.15, 5.72, "zagoruyko2016", "torchvision; errors of torchvision's IMAGENET1K_V1"),

    # ResNeXt
    "resnext50_32x4d":        Info(resnext.resnext50_32x4d,        RGB_224, 25_028_904,  4_230_479_872, 22.38, 6.30, "xie2017", "table 1; errors of torchvision's IMAGENET1K_V1"),
    "resnext101_32x4d":       Info(resnext.resnext101_32x4d,       RGB_224, 44_177_704,  7_969_996_800, 21.20, 5.60, "xie2017", "table 4"),
    "resnext101_32x8d":       Info(resnext.resnext101_32x8d,       RGB_224, 88_791_336, 16_414_015_488, 20.69, 5.47, "xie2017", "torchvision; errors of torchvision's IMAGENET1K_V1"),
    "resnext101_64x4d":       Info(resnext.resnext101_64x4d,       RGB_224, 83_455_272, 15_460_270_080, 20.40, 5.30, "xie2017", "table 4"),
    "resnext29_8x64d_cifar":  Info(resnext.resnext29_8x64d_cifar,  CIFAR,   34_426_698,  5_387_266_048,  3.65, None, "xie2017", "table 7"),
    "resnext29_16x64d_cifar": Info(resnext.resnext29_16x64d_cifar, CIFAR,   68_155_210, 10_688_866_304,  3.58, None, "xie2017", "table 7"),

    # Inception-v4
    "inception_v4":   Info(inception_v4.inception_v4, RGB_299,   42_679_816, 12_253_974_624, 20.00,  5.00, "szegedy2017", "figure 9, counted layer by layer; table 2, single crop"),

    # Inception-ResNet
    "inception_resnet_v1":       Info(inception_resnet.inception_resnet_v1,       RGB_299, 22_756_328,  6_206_361_696, 21.30, 5.50, "szegedy2017", "figures 7 and 10 to 15, table 1, counted layer by layer; table 2, single crop"),
    "inception_resnet_v2_paper": Info(inception_resnet.inception_resnet_v2_paper, RGB_299, 32_433_928,  9_257_953_632,  None, None, "szegedy2017", "figures 3, 7 and 15 to 19, table 1, counted layer by layer; the errors in the paper are those of the released network"),
    "inception_resnet_v2":       Info(inception_resnet.inception_resnet_v2,       RGB_299, 55_843_464, 13_155_794_016, 19.86, 4.83, "szegedy2017", "released network, as in timm and pytorchcv; errors of its weights, single crop"),

    # DenseNet
    "densenet121":        Info(densenet.densenet121,        RGB_224,      7_978_856,  2_834_161_664, 25.02,  7.71, "huang2017", "tables 1 and 3"),
    "densenet169":        Info(densenet.densenet169,        RGB_224,     14_149_480,  3_359_843_328, 23.80,  6.85, "huang2017", "tables 1 and 3"),
    "densenet201":        Info(densenet.densenet201,        RGB_224,     20_013_928,  4_291_365_888, 22.58,  6.34, "huang2017", "tables 1 and 3"),
    "densenet161":        Info(densenet.densenet161,        RGB_224,     28_681_000,  7_727_907_072, 22.20,  None, "huang2017", "the authors' code, and errors of their weights"),
    "densenet40_k12":     Info(densenet.densenet40_k12,     CIFAR,        1_019_722,    264_812_928,  5.24,  None, "huang2017", "table 2, counted layer by layer"),
    "densenet100_k12":    Info(densenet.densenet100_k12,    CIFAR,        6_979_642,  1_769_516_448,  4.10,  None, "huang2017", "table 2, counted layer by layer"),
    "densenet100_k24":    Info(densenet.densenet100_k24,    CIFAR,       27_249_082,  6_889_347_744,  3.74,  None, "huang2017", "table 2, counted layer by layer"),
    "densenet_c40_k12":   Info(densenet.densenet_c40_k12,   CIFAR,          578_090,    192_000_512,  None,  None, "huang2017", "counted layer by layer"),
    "densenet_bc100_k12": Info(densenet.densenet_bc100_k12, CIFAR,          769_162,    287_929_692,  4.51,  None, "huang2017", "table 2, counted layer by layer"),
    "densenet_bc250_k24": Info(densenet.densenet_bc250_k24, CIFAR,       15_324_406,  5_418_785_724,  3.62,  None, "huang2017", "table 2, counted layer by layer"),
    "densenet_bc190_k40": Info(densenet.densenet_bc190_k40, CIFAR,       25_624_430,  9_301_945_740,  3.46,  None, "huang2017", "table 2, counted layer by layer"),

    # Squeeze-and-excitation
    "seresnet50":        Info(senet.seresnet50,        RGB_224,     28_088_024,  4_091_699_200,  None,  None, "hu2018", "table 1, stride on the 3×3"),
    "seresnet101":       Info(senet.seresnet101,       RGB_224,     49_326_872,  7_806_148_608,  None,  None, "hu2018", "table 1, stride on the 3×3"),
    "seresnet152":       Info(senet.seresnet152,       RGB_224,     66_821_848, 11_520_204_800,  None,  None, "hu2018", "table 1, stride on the 3×3"),
    "seresnet50_v1":     Info(senet.seresnet50_v1,     RGB_224,     28_088_024,  3_860_488_192, 22.37,  6.36, "hu2018", "table 1; errors of the authors' released weights"),
    "seresnet101_v1":    Info(senet.seresnet101_v1,    RGB_224,     49_326_872,  7_574_937_600, 21.75,  5.72, "hu2018", "table 1; errors of the authors' released weights"),
    "seresnet152_v1":    Info(senet.seresnet152_v1,    RGB_224,     66_821_848, 11_288_993_792, 21.34,  5.54, "hu2018", "table 1; errors of the authors' released weights"),
    "seresnext50_32x4d": Info(senet.seresnext50_32x4d, RGB_224,     27_559_896,  4_232_994_816, 20.97,  5.54, "hu2018", "table 1; errors of the authors' released weights"),
    "senet154":          Info(senet.senet154,          RGB_224,    115_088_984, 20_688_363_520, 18.68,  4.47, "hu2018", "appendix; errors of the authors' released weights"),

    # Xception
    "xception":       Info(xception.xception,       RGB_299,     22_855_952,  8_357_403_496, 21.00,  5.50, "chollet2017", "table 3; errors of table 1, single crop"),

    # NASNet
    "nasnet_a_mobile": Info(nasnet.nasnet_a_mobile, RGB_224,          5_289_978,    563_638_816, 26.00, 8.40, "zoph2018", "table 3 has 5.3 M and 564 M; its errors"),
    "nasnet_a_large":  Info(nasnet.nasnet_a_large,  (3, 331, 331),   88_753_150, 23_783_414_658, 17.30, 3.80, "zoph2018", "table 2 has 88.9 M and 23.8 B; its errors"),

    # MobileNet v1
    "mobilenet_v1":       Info(mobilenet_v1.mobilenet_v1,       RGB_224,      4_231_976,    568_740_352, 29.40,  None, "howard2017", "table 1; error of table 6"),
    "mobilenet_v1_x0_75": Info(mobilenet_v1.mobilenet_v1_x0_75, RGB_224,      2_585_560,    325_400_448, 31.60,  None, "howard2017", "table 1; error of table 6"),
    "mobilenet_v1_x0_5":  Info(mobilenet_v1.mobilenet_v1_x0_5,  RGB_224,      1_331_592,    149_497_088, 36.30,  None, "howard2017", "table 1; error of table 6"),
    "mobilenet_v1_x0_25": Info(mobilenet_v1.mobilenet_v1_x0_25, RGB_224,        470_072,     41_030_272, 49.40,  None, "howard2017", "table 1; error of table 6"),

    # MobileNet v2
    "mobilenet_v2":      Info(mobilenet_v2.mobilenet_v2,      RGB_224,      3_504_872,    300_774_272, 28.12,  9.71, "sandler2018", "table 2; errors of torchvision's IMAGENET1K_V1"),
    "mobilenet_v2_x1_4": Info(mobilenet_v2.mobilenet_v2_x1_4, RGB_224,      6_108_776,    582_195_824, 25.30,  None, "sandler2018", "table 2 times 1.4; error of table 4"),

    # MobileNet v3
    "mobilenet_v3_large": Info(mobilenet_v3.mobilenet_v3_large, RGB_224,      5_483_032,    216_589_760, 25.96,  8.66, "howard2019", "table 1; errors of torchvision's IMAGENET1K_V1"),
    "mobilenet_v3_small": Info(mobilenet_v3.mobilenet_v3_small, RGB_224,      2_542_856,     56_510_400, 32.33, 12.60, "howard2019", "table 2; errors of torchvision's IMAGENET1K_V1"),

    # EfficientNet
    "efficientnet_b0": Info(efficientnet.efficientnet_b0, RGB_224,            5_288_548,    385_814_752, 22.90,  6.70, "tan2019", "table 1; errors of table 2"),
    "efficientnet_b1": Info(efficientnet.efficientnet_b1, (3, 240, 240),      7_794_184,    686_802_832, 20.90,  5.60, "tan2019", "table 1, scaled; errors of table 2"),
    "efficientnet_b2": Info(efficientnet.efficientnet_b2, (3, 260, 260),      9_109_994,    993_561_872, 19.90,  5.10, "tan2019", "table 1, scaled; errors of table 2"),

    # ShuffleNet v1
    "shufflenet_v1_g1":       Info(shufflenet_v1.shufflenet_v1_g1,       RGB_224,      1_531_936,    143_078_976, 33.60,  None, "zhang2018", "table 1; error of table 2"),
    "shufflenet_v1_g2":       Info(shufflenet_v1.shufflenet_v1_g2,       RGB_224,      1_733_848,    140_836_512, 32.70,  None, "zhang2018", "table 1; error of table 2"),
    "shufflenet_v1_g3":       Info(shufflenet_v1.shufflenet_v1_g3,       RGB_224,      1_865_728,    137_460_672, 32.60,  None, "zhang2018", "table 1; error of table 2"),
    "shufflenet_v1_g4":       Info(shufflenet_v1.shufflenet_v1_g4,       RGB_224,      1_968_344,    134_339_776, 32.80,  None, "zhang2018", "table 1; error of table 2"),
    "shufflenet_v1_g8":       Info(shufflenet_v1.shufflenet_v1_g8,       RGB_224,      2_434_768,    138_365_952, 32.40,  None, "zhang2018", "table 1; error of table 2"),
    "shufflenet_v1_x0_5_g1":  Info(shufflenet_v1.shufflenet_v1_x0_5_g1,  RGB_224,        534_484,     38_517_408, 45.10,  None, "zhang2018", "table 1; error of table 2"),
    "shufflenet_v1_x0_5_g3":  Info(shufflenet_v1.shufflenet_v1_x0_5_g3,  RGB_224,        718_324,     37_589_856, 43.20,  None, "zhang2018", "table 1; error of table 2"),
    "shufflenet_v1_x0_5_g8":  Info(shufflenet_v1.shufflenet_v1_x0_5_g8,  RGB_224,      1_011_448,     40_469_760, 41.20, 19.00, "zhang2018", "table 1, the stem as in the authors' code; errors of their released weights"),
    "shufflenet_v1_x0_25_g1": Info(shufflenet_v1.shufflenet_v1_x0_25_g1, RGB_224,        209_746,     11_003_184, 57.10,  None, "zhang2018", "table 1; error of table 2"),
    "shufflenet_v1_x0_25_g3": Info(shufflenet_v1.shufflenet_v1_x0_25_g3, RGB_224,        305_902,     11_009_808, 55.00,  None, "zhang2018", "table 1; error of table 2"),
    "shufflenet_v1_x0_25_g8": Info(shufflenet_v1.shufflenet_v1_x0_25_g8, RGB_224,        454_504,     12_426_240, 52.70,  None, "zhang2018", "table 1, our stem; error of table 2"),

    # ShuffleNet v2
    "shufflenet_v2_x0_5": Info(shufflenet_v2.shufflenet_v2_x0_5, RGB_224,      1_366_792,     40_476_448, 38.90, 17.40, "ma2018", "table 5; errors of the authors' released weights"),
    "shufflenet_v2_x1_0": Info(shufflenet_v2.shufflenet_v2_x1_0, RGB_224,      2_278_604,    144_907_992, 30.60, 11.10, "ma2018", "table 5; errors of the authors' released weights"),
    "shufflenet_v2_x1_5": Info(shufflenet_v2.shufflenet_v2_x1_5, RGB_224,      3_503_624,    295_759_392, 27.40,  9.40, "ma2018", "table 5; errors of the authors' released weights"),
    "shufflenet_v2_x2_0": Info(shufflenet_v2.shufflenet_v2_x2_0, RGB_224,      7_393_996,    583_253_464, 25.00,  7.60, "ma2018", "table 5; errors of the authors' released weights"),

    # AlphaGo
    "alphago_policy":      Info(alphago.alphago_policy,      (48, 19, 19),      3_882_793,  1_400_726_208, 44.60,  None, "silver2016", "methods; moves not predicted, extended data table 3"),
    "alphago_policy_k128": Info(alphago.alphago_policy_k128, (48, 19, 19),      1_777_641,    641_043_584, 45.40,  None, "silver2016", "methods; moves not predicted, extended data table 3"),
    "alphago_policy_k256": Info(alphago.alphago_policy_k256, (48, 19, 19),      6_798_953,  2_453_182_720, 44.10,  None, "silver2016", "methods; moves not predicted, extended data table 3"),
    "alphago_policy_k384": Info(alphago.alphago_policy_k384, (48, 19, 19),     15_064_297,  5_436_417_408,  None,  None, "silver2016", "methods, counted layer by layer"),
}
# fmt: on


def names():
    """All names that `create` knows, in the order of the registry."""
    return list(REGISTRY)


def info(name):
    """The row of the registry for `name`; raises `ValueError` with the nearest names if there is none."""
    if name not in REGISTRY:
        near = difflib.get_close_matches(name, REGISTRY, n=3) or names()
        raise ValueError(f"no network is called {name!r}; the nearest names are {', '.join(near)}")
    return REGISTRY[name]


def create(name, **options):
    """Build the network `name` with fresh weights.

    `num_classes`, `in_channels` and the options of its family go to its constructor; `small_images=True`, where a
    family has it, is our stem for images of about 32×32 pixels.
    """
    return info(name).build(**options)


def load_torchvision(name, weights="DEFAULT", **options):
    """Build the network `name` with torchvision's trained weights, which torchvision downloads once, or with `weights`.

    Raises `ValueError` if torchvision has no such network, `OSError` if the weights cannot be downloaded or read.
    """
    info(name)
    from torchvision import models as theirs

    held = theirs.list_models(module=theirs)
    # NOTE: what torchvision calls alexnet and googlenet are other networks than those of the papers.
    loadable = [
        ours for ours in REGISTRY if ours not in TORCHVISION.values() and TORCHVISION.get(ours, ours) in held
    ]
    if name not in loadable:
        raise ValueError(f"torchvision has no {name}: it has {', '.join(loadable)}")
    try:
        trained = theirs.get_model(TORCHVISION.get(name, name), weights=weights)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise OSError(
            f"torchvision's weights of {name} could not be downloaded or read ({error}): if there is a network, delete "
            f"what is left of them in {torch.hub.get_dir()}/checkpoints and try again"
        ) from error
    for auxiliary_head in ("aux1", "aux2", "AuxLogits"):
        if hasattr(trained, auxiliary_head):
            setattr(trained, auxiliary_head, None)
    if getattr(trained, "transform_input", False):
        options = {"transform_input": True} | options
    return transplant(trained, create(name, **options))
