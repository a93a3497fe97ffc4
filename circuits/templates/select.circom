pragma circom 2.1.0;

// z = c ? x : y, in one row. Precondition: c is 0 or 1. No hint.
template Select() {
    signal input c;
    signal input x;
    signal input y;
    signal output z;

    z <== c * (x - y) + y;
}
