pragma circom 2.1.0;

// bit[i]: the n bits of value, lowest first. What every range check and comparison stands on. n + 1 rows.
//
// Precondition: none. A value that is no integer in [0, 2^n) has no witness.
// Sound, because value and Σ 2^i·bit[i] are equal mod r, and for n ≤ 253 no two choices of the bits have the same sum
// mod r: a sum is below 2^n < r. Beyond 253 bits one value would have two expansions.
template Bits(n) {
    assert(n <= 253);
    signal input value;
    signal output bit[n];

    var sum = 0;
    for (var i = 0; i < n; i++) {
        // Pinned by the next row to 0 or 1, and by the last row to this very bit.
        bit[i] <-- (value >> i) & 1;
        bit[i] * (bit[i] - 1) === 0;
        sum += (1 << i) * bit[i];
    }
    value === sum;
}
