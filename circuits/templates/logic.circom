pragma circom 2.1.0;

// Connectives of truth values, one row each. Precondition: a and b are 0 or 1; then z is. No hint.

template And() {
    signal input a;
    signal input b;
    signal output z;
    z <== a * b;
}

template Or() {
    signal input a;
    signal input b;
    signal output z;
    // 1 − z = (1 − a)·(1 − b)
    z <== a + b - a * b;
}

template Xor() {
    signal input a;
    signal input b;
    signal output z;
    z <== a + b - 2 * a * b;
}
