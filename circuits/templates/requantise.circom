pragma circom 2.1.0;

// y = clip(⌊acc / 2^shift⌋, 0, 2^bits − 1): rescaling, ReLU and saturation in one range decomposition.
//
//     acc + offset  =  │ sign │ high bits │ bits │ shift │        n bits together, highest first
//                      └────── t ─────────┴ low ─┘
//                        ⌊acc / 2^shift⌋ = 2^bits · t + low
//
// t is a signed number: 0 says that the quotient needs no clipping and y = low; t < 0 gives 0, t > 0 gives the top.
//
// Parameters, from the exact interval [min, max] of acc (circuits/requantise.ts):
//   below  1 when acc < 0 is possible: then offset > 0 makes the sum non-negative
//   above  1 when ⌊acc / 2^shift⌋ ≥ 2^bits is possible
//   high   how many bits t needs, without its sign
// Rows: n for the bits, and 2 that choose (1 when nothing can be clipped). Wires: n − 1 bits, w, y.
//
// Precondition: acc is an integer in [min, max], mod r. Sound, because then
//  1. acc + offset and Σ 2^i·bit[i] are equal mod r, and both are integers in [0, 2^n) with 2^n < r: so they are equal,
//     and the bits are the one binary expansion there is;
//  2. if t ≠ 0, the first choosing row says y = top, and top is 0 for t < 0 and 2^bits − 1 for t > 0;
//  3. if t = 0, the second says y = low.
// So y is a function of acc, and in [0, 2^bits).
template Requantise(shift, bits, high, below, above) {
    signal input acc;
    signal output y;

    var n = shift + bits + high + (below && above);
    // Beyond 253 bits 2^n > r, and one sum would have two expansions.
    assert(n <= 253);
    // One bit alone would leave `upper` empty, which the compiler does not survive.
    assert(n >= 2);
    // Where nothing can be clipped there is no t; elsewhere it has bits.
    assert((high > 0) == (below || above));

    var offset = 0;
    if (below) { offset = above ? 1 << (n - 1) : ((1 << high) - 1) << (shift + bits); }

    // The lowest bit is no wire: it is what the others leave of the sum. That saves the row that would add them up.
    signal upper[n - 1];
    var bit[n];
    bit[0] = acc + offset;
    for (var i = 1; i < n; i++) {
        // Pinned by the next row to 0 or 1, and by the row of the lowest bit to this very bit (1 above).
        upper[i - 1] <-- ((acc + offset) >> i) & 1;
        upper[i - 1] * (upper[i - 1] - 1) === 0;
        bit[i] = upper[i - 1];
        bit[0] -= (1 << i) * bit[i];
    }
    bit[0] * (bit[0] - 1) === 0;

    var low = 0;
    for (var i = 0; i < bits; i++) { low += (1 << i) * bit[shift + i]; }

    if (high == 0) {
        y <== low;
    } else {
        var t = -(offset >> (shift + bits));
        for (var i = shift + bits; i < n; i++) { t += (1 << (i - shift - bits)) * bit[i]; }
        // With both sides possible the highest bit is the sign; with one, the side is known.
        var top = ((1 << bits) - 1) * (below && above ? bit[n - 1] : above);

        signal w;
        // Pinned by the first choosing row where t ≠ 0, by the second where t = 0 (2 and 3 above).
        y <-- t == 0 ? low : top;
        // Pinned by the second choosing row where t ≠ 0. Where t = 0 that row says y = low whatever w is: any w will
        // do, and nothing depends on it.
        w <-- t == 0 ? 0 : (y - low) / t;
        t * (y - top) === 0;
        t * w === y - low;
    }
}

// One gadget for each accumulator of a layer, each as wide as its own interval demands.
template RequantiseEach(outputs, shift, bits, high, below, above) {
    signal input acc[outputs];
    signal output y[outputs];

    component requantise[outputs];
    for (var j = 0; j < outputs; j++) {
        requantise[j] = Requantise(shift[j], bits, high[j], below[j], above[j]);
        requantise[j].acc <== acc[j];
        y[j] <== requantise[j].y;
    }
}
