"""Reading the weights of VGG-16 from the three layouts in which they are passed on.

| layout | names | kernels |
|---|---|---|
| torchvision, a state dict (`.pth`) | `features.N.weight`, `features.N.bias` | (out, in, 3, 3) |
| Keras `th_dim_ordering_th_kernels` | see `vgg_keras` | (out, in, 3, 3), turned by 180 degrees |
| Keras `tf_dim_ordering_tf_kernels` | see `vgg_keras` | (3, 3, in, out) |

The layout follows from the content, not from the name. The weights of Keras were trained in Caffe
by the authors of VGG, those of torchvision were trained again on other pixels: the origin decides
what the network must be given.
"""

from pathlib import Path

from mner.errors import InputError
from mner.files.regular import require_regular
from mner.pictures.encoders.vgg_keras import read_keras
from mner.pictures.encoders.vgg_torchvision import read_torchvision
from mner.pictures.encoders.vgg_weights import Vgg16Weights, check_shapes

__all__ = ["read_vgg16_weights"]

_HDF5 = b"\x89HDF\r\n\x1a\n"
_TORCH = (b"PK\x03\x04", b"\x80")
"""The first bytes of archives, and of the pickles of torch before 1.6, such as torchvision's own
file."""


def read_vgg16_weights(path: Path) -> Vgg16Weights:
    """Read the convolutions of VGG-16 in any layout.

    The dense layers are not read, and need not be in the file.

    Raises:
        InputError: the file cannot be read, has none of the layouts, is damaged, or holds another
            network.
        MissingExtraError: it is HDF5, and h5py is not installed.
    """
    try:
        with require_regular(path).open("rb") as file:
            start = file.read(len(_HDF5))
    except OSError as exc:
        raise InputError(f"{path}: the weights cannot be read ({exc.strerror})") from exc
    if start == _HDF5:
        weights = read_keras(path)
    elif start.startswith(_TORCH):
        weights = read_torchvision(path)
    else:
        raise InputError(
            f"{path}: expected a state dict of torchvision or an HDF5 file of Keras,"
            " got a file that begins like neither"
        )
    check_shapes(path, weights)
    return weights
