pragma circom 2.1.0;
include "bits.circom";

// magnitude = |x|. n + 4 rows.
//
// Precondition: x is an integer in [−2^n, 2^n). Sound: the bits of x + 2^n are unique (bits.circom), the top one, t, says
// x ≥ 0, and |x| = t·2x − x. No hint but the bits.
template Absolute(n) {
    signal input x;
    signal output magnitude;

    component shifted = Bits(n + 1);
    shifted.value <== x + (1 << n);
    magnitude <== shifted.bit[n] * 2 * x - x;
}

// sign = −1, 0 or 1. n + 6 rows.
//
// Precondition: x is an integer in [−2^n, 2^n). Sound: t as above; p = 1 exactly where x = 0, because x ≠ 0 gives p = 0 by
// the first row and x = 0 gives p = 1 by the second. v is a hint: free where x = 0, and nothing depends on it; else the
// second row pins it.
template Sign(n) {
    signal input x;
    signal output sign;

    component shifted = Bits(n + 1);
    shifted.value <== x + (1 << n);
    signal p;
    signal v;
    p <-- x == 0 ? 1 : 0;
    v <-- x == 0 ? 0 : 1 / x;
    p * x === 0;
    x * v === 1 - p;
    sign <== 2 * shifted.bit[n] - 1 - p;
}
