#!/usr/bin/env python3
"""Writes <TYPE>.bin for every block format: random blocks, then the floats that the `gguf` package reads from them.

pip install -r requirements.txt && python3 make.py

A file holds n blocks and their values as float32, little endian; n follows from its size. The scales are ordinary ones,
and then the edges of binary16: zeros of both signs, the least subnormal, the greatest subnormal, the greatest number.
"""

from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as Type
from gguf.quants import dequantize

EDGES = [0.0, -0.0, 2.0**-24, -(2.0**-14 - 2.0**-24), 65504.0, -65504.0]

# Type, blocks, and where a block has its scales (as binary16).
FORMATS = [
    (Type.F32, 256, []),
    (Type.F16, 256, [0]),
    (Type.BF16, 256, []),
    (Type.Q4_0, 16, [0]),
    (Type.Q4_1, 16, [0, 2]),
    (Type.Q5_0, 16, [0]),
    (Type.Q5_1, 16, [0, 2]),
    (Type.Q8_0, 16, [0]),
    (Type.IQ4_NL, 16, [0]),
    (Type.Q2_K, 8, [80, 82]),
    (Type.Q3_K, 8, [108]),
    (Type.Q4_K, 8, [0, 2]),
    (Type.Q5_K, 8, [0, 2]),
    (Type.Q6_K, 8, [208]),
    (Type.Q8_K, 8, []),
]


def finite_floats(rng, n):
    """Floats of every exponent, none of them NaN or infinite."""
    bits = rng.integers(0, 2**32, n, dtype=np.uint32)
    bits[(bits & 0x7F800000) == 0x7F800000] ^= 0x40000000
    return bits


def make_blocks(rng, kind, n, scales):
    blocks = rng.integers(0, 256, (n, GGML_QUANT_SIZES[kind][1]), dtype=np.uint8)
    if kind == Type.F32:
        return finite_floats(rng, n).view(np.uint8)
    if kind == Type.BF16:
        return (finite_floats(rng, n) >> 16).astype(np.uint16).view(np.uint8)
    if kind == Type.Q8_K:  # the one format whose scale is a float32
        blocks[:, :4] = rng.normal(0, 0.02, n).astype(np.float32).view(np.uint8).reshape(n, 4)
    for at in scales:
        values = rng.normal(0, 0.02, n)
        values[-len(EDGES) :] = rng.permutation(EDGES)
        blocks[:, at : at + 2] = values.astype(np.float16).view(np.uint8).reshape(n, 2)
    return blocks.reshape(-1)


def read_blocks(kind, blocks):
    if kind == Type.F16:
        return blocks.view(np.float16).astype(np.float32)
    if kind == Type.Q8_K:  # not in the package: dequantize_row_q8_K is d * q
        rows = blocks.reshape(-1, 292)
        return (rows[:, :4].copy().view(np.float32) * rows[:, 4:260].view(np.int8).astype(np.float32)).reshape(-1)
    return dequantize(blocks, kind)


def main():
    for kind, n, scales in FORMATS:
        rng = np.random.default_rng(int(kind))
        blocks = make_blocks(rng, kind, n, scales)
        floats = read_blocks(kind, blocks).astype("<f4").reshape(-1)
        assert np.isfinite(floats).all(), kind
        (Path(__file__).parent / f"{kind.name}.bin").write_bytes(blocks.tobytes() + floats.tobytes())


main()
