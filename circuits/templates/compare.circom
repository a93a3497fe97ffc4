pragma circom 2.1.0;
include "bits.circom";

// less = 1 where a < b, else 0. The other relations are its: a > b is b < a, a ≤ b is 1 − (b < a). n + 4 rows.
//
// Precondition: a − b is an integer in [−2^n, 2^n). Sound, because the bits of a − b + 2^n are unique (bits.circom), and
// the top one is 0 exactly where a − b < 0. No hint but the bits.
template LessThan(n) {
    signal input a;
    signal input b;
    signal output less;

    component difference = Bits(n + 1);
    difference.value <== a - b + (1 << n);
    less <== 1 - difference.bit[n];
}

// equal = 1 where a = b, else 0. Two rows, and no precondition.
//
// Sound: where a ≠ b the first row says equal = 0; where a = b the second says equal = 1. v is a hint: pinned by the second
// row where a ≠ b; where a = b any v will do, and nothing depends on it.
template IsEqual() {
    signal input a;
    signal input b;
    signal output equal;

    signal v;
    equal <-- a == b ? 1 : 0;
    v <-- a == b ? 0 : 1 / (a - b);
    equal * (a - b) === 0;
    (a - b) * v === 1 - equal;
}
