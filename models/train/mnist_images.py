"""MNIST for training: the original files read strictly, and an epoch of newly distorted images.

Every image is rotated, scaled, sheared and shifted anew, one half of them get the noise of the catalogue's
fresh inputs, so that a model stays right on the images a validator really sends, and all are rounded to
the 16 levels that an integer model will see.
"""

import math
import pathlib
import struct

import numpy as np

SIDE = 28
LEVELS = 15  # the integer models' pixels are 0..15
MAX_ROTATION = math.radians(8)
MAX_SHEAR = 0.1
MAX_LOG_SCALE = 0.08
MAX_SHIFT = 1.5
CHUNK = 10_000  # images distorted at once: some 300 MB of work space


def read_idx(path: pathlib.Path, magic: int) -> np.ndarray:
    """An unsigned-byte IDX file, the format of yann.lecun.com/exdb/mnist."""
    content = path.read_bytes()
    rank = magic & 0xFF
    head = struct.unpack(f">{rank + 1}I", content[: 4 * (rank + 1)])
    if head[0] != magic:
        raise SystemExit(f"{path}: magic {head[0]:#x}, expected {magic:#x}")
    return np.frombuffer(content, np.uint8, offset=4 * (rank + 1)).reshape(head[1:])


def distort(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One random affine map for each image, bilinear; n x 28 x 28 in, the same out."""
    n = len(images)

    def draw(limit: float) -> np.ndarray:
        return rng.uniform(-limit, limit, (n, 1, 1)).astype(np.float32)

    angle, shear, scale = draw(MAX_ROTATION), draw(MAX_SHEAR), np.exp(draw(MAX_LOG_SCALE))
    middle = (SIDE - 1) / 2
    grid = np.arange(SIDE, dtype=np.float32) - middle
    column, row = grid[None, None, :], grid[None, :, None]
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    x = cos * column - (sin - shear) * row + middle + draw(MAX_SHIFT)
    y = sin * column + cos * row + middle + draw(MAX_SHIFT)

    # A margin wide enough that no corner of the map leaves the padded image.
    margin = 8
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin)))
    left, top = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    right_share, bottom_share = x - left, y - top
    last = SIDE + 2 * margin - 2
    left, top = np.clip(left + margin, 0, last), np.clip(top + margin, 0, last)
    image = np.arange(n)[:, None, None]
    upper = padded[image, top, left] * (1 - right_share) + padded[image, top, left + 1] * right_share
    lower = padded[image, top + 1, left] * (1 - right_share) + padded[image, top + 1, left + 1] * right_share
    return upper * (1 - bottom_share) + lower * bottom_share


def fresh_epoch(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """All images distorted, rounded to 16 levels, every other one with noise; n x 784 in [0, 1]."""
    chunks = []
    for start in range(0, len(images), CHUNK):
        pixels = np.rint(distort(images[start : start + CHUNK], rng).reshape(-1, SIDE * SIDE) * LEVELS)
        noise = rng.integers(-1, 2, pixels.shape, dtype=np.int8) * rng.integers(0, 2, (len(pixels), 1), dtype=np.int8)
        chunks.append((np.clip(pixels + noise, 0, LEVELS) / LEVELS).astype(np.float32))
    return np.concatenate(chunks)
