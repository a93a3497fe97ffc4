pragma circom 2.1.0;

// y = clip(⌊acc / 2^shift⌋, 0, 2^bits − 1): rescaling, ReLU and saturation in one range decomposition.
//
//     acc + offset  =  │ g │ high │ bits │ shift │        n bits together, highest first
//                                 └ low ─┘
//
// g says that acc is not negative, S counts the high bits that are 1, p says "neither below nor above", A = 2^bits − 1.
//
// Parameters, from the exact interval of acc (circuits/lower/requantise.ts):
//   high   bits between the output's and the sign: 0 where ⌊acc / 2^shift⌋ < 2^bits for certain
//   below  1 when acc < 0 is possible: then there is a g
// Rows: n + 4; one less where high is 1, and n + 2 at most where it is 0. The row that joins acc and its bits is linear, so
// whatever weights made acc stand in C.
//
// Precondition: acc is an integer in [−2^(n−1), 2^(n−1)), or in [0, 2^n) without g. Sound, because then
//  1. the bits are the one binary expansion of acc + offset there is (bits.circom);
//  2. if S = 0, the second row of the zero test says p = g; if S ≠ 0, the first says p = 0. v is a hint: where S = 0 any v
//     will do, and nothing depends on it; elsewhere the second row pins it;
//  3. y = low where p = 1; where p = 0 it is A·g: 0 below, the top above.
// So y is a function of acc, and in [0, 2^bits).
template Rescale(shift, bits, high, below) {
    signal input acc;
    signal output y;

    var under = shift + bits + high;
    var n = under + below;
    assert(bits >= 1);
    assert(n <= 253);
    var offset = below << under;

    signal bit[n];
    var sum = 0;
    for (var i = 0; i < n; i++) {
        bit[i] <-- ((acc + offset) >> i) & 1;
        bit[i] * (bit[i] - 1) === 0;
        sum += (1 << i) * bit[i];
    }
    acc + offset === sum;

    var low = 0;
    for (var i = 0; i < bits; i++) { low += (1 << i) * bit[shift + i]; }
    var S = 0;
    for (var i = shift + bits; i < under; i++) { S += bit[i]; }
    var g = 1;
    if (below) { g = bit[under]; }
    var A = (1 << bits) - 1;

    if (high == 0) {
        y <== g * low;
    } else {
        signal p;
        if (high == 1) {
            p <== g * (1 - S);
        } else {
            signal v;
            p <-- S == 0 ? g : 0;
            v <-- S == 0 ? 0 : (g - p) / S;
            p * S === 0;
            S * v === g - p;
        }
        y <== (low - A) * p + A * g;
    }
}
