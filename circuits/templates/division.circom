pragma circom 2.1.0;

// x by a constant d, of either sign: the quotient truncated toward zero, as ONNX's Div, the floored one, and the floored
// remainder, in [0, d).
//
//     x + 2^n·d = d·Q + remainder        Q of n + 1 bits, remainder and d − 1 − remainder of k each
//     floored = Q − 2^n,  negative = 1 − (bit n of Q)
//     truncated = floored + (negative and remainder ≠ 0)
//
// Precondition: x is an integer in [−2^n·d, 2^n·d). Sound, because the first row holds between integers: with Q and the
// remainder range-checked neither side reaches r. The remainder is below d because d − 1 − remainder is not negative: one
// bound alone (remainder < 2^k) would leave several quotients. v is a hint: free where the remainder is 0, and nothing
// depends on it; else the last row pins it. k = bits of d − 1.
template Divide(d, n, k) {
    signal input x;
    signal output truncated;
    signal output floored;
    signal output remainder;

    assert(d >= 1);
    assert((1 << k) >= d);
    // d·2^(n+1) + 2^k stays far below r.
    assert(n + k <= 200);

    // Pinned together: to 0 or 1 each, by the row of the division, and by the remainder's bound.
    signal q[n + 1];
    signal r[k];
    var Q = 0;
    for (var i = 0; i <= n; i++) {
        q[i] <-- (((x + (d << n)) \ d) >> i) & 1;
        q[i] * (q[i] - 1) === 0;
        Q += (1 << i) * q[i];
    }
    var left = 0;
    for (var i = 0; i < k; i++) {
        r[i] <-- (((x + (d << n)) % d) >> i) & 1;
        r[i] * (r[i] - 1) === 0;
        left += (1 << i) * r[i];
    }
    x + (d << n) === d * Q + left;
    signal slack[k];
    var bound = 0;
    for (var i = 0; i < k; i++) {
        slack[i] <-- ((d - 1 - left) >> i) & 1;
        slack[i] * (slack[i] - 1) === 0;
        bound += (1 << i) * slack[i];
    }
    d - 1 - left === bound;
    floored <== Q - (1 << n);
    remainder <== left;

    // p = negative where the remainder is 0, else 0.
    var negative = 1 - q[n];
    signal p;
    signal v;
    p <-- left == 0 ? negative : 0;
    v <-- left == 0 ? 0 : (negative - p) / left;
    p * left === 0;
    left * v === negative - p;
    truncated <== floored + negative - p;
}
