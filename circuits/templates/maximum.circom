pragma circom 2.1.0;
include "bits.circom";

// m = max(a, b): pooling. Accumulators that are rounded in one way are pooled first and rounded once, which is the same,
// because rounding is monotone. n + 4 rows.
//
// Precondition: a − b is an integer in [−2^n, 2^n). Sound, because its bits are unique (bits.circom): the top one says
// a ≥ b, and then the others are a − b. No hint but the bits.
template Maximum(n) {
    signal input a;
    signal input b;
    signal output m;

    component difference = Bits(n + 1);
    difference.value <== a - b + (1 << n);
    var gain = 0;
    for (var i = 0; i < n; i++) { gain += (1 << i) * difference.bit[i]; }
    m <== difference.bit[n] * gain + b;
}
