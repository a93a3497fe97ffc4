pragma circom 2.1.0;

// out = Σ (a[i] − zeroA) · (b[i] − zeroB), where both depend on the input: one row for each product, and one for the sum.
// Precondition: bounds of a and b that keep the sum below r, which the lowering proves. No hint.
template SumOfProducts(n, zeroA, zeroB) {
    signal input a[n];
    signal input b[n];
    signal output out;

    signal part[n];
    var sum = 0;
    for (var i = 0; i < n; i++) {
        part[i] <== (a[i] - zeroA) * (b[i] - zeroB);
        sum += part[i];
    }
    out <== sum;
}
