pragma circom 2.1.0;
include "bits.circom";

// y = entries[x], of 2^n constant entries. The halves of the index are written as unit vectors, high and low, and
//
//     y = Σ_h high[h] · (Σ_l low[l] · entries[h·2^k + l])
//
// where the inner sum is linear: entries are constants and cost nothing. Rows: n + 1 for the bits, 2^k − 2 for a half of k
// bits, one for each h and one for the sum: 54 for 256 entries. The lowering (circuits/lower/forms/table.ts) has 46 or
// fewer: it multiplies bits instead of unit vectors, and leaves out what a table's pattern makes redundant.
//
// Precondition: none; an x that is no integer in [0, 2^n) has no witness. Sound, because the bits are unique
// (bits.circom) and all else is determined by them. No hint but the bits.
template Table(n, entries) {
    assert(n >= 1);
    signal input x;
    signal output y;

    var k = n \ 2;
    component index = Bits(n);
    index.value <== x;
    component low = UnitVector(k);
    for (var i = 0; i < k; i++) { low.bit[i] <== index.bit[i]; }
    component high = UnitVector(n - k);
    for (var i = k; i < n; i++) { high.bit[i - k] <== index.bit[i]; }

    signal part[1 << (n - k)];
    var sum = 0;
    for (var h = 0; h < 1 << (n - k); h++) {
        var row = 0;
        for (var l = 0; l < 1 << k; l++) { row += entries[(h << k) + l] * low.unit[l]; }
        part[h] <== high.unit[h] * row;
        sum += part[h];
    }
    y <== sum;
}

// unit[j] = 1 where the bits are those of j, else 0. Bit by bit: each further bit splits every element in two, in one row.
// Precondition: the bits are 0 or 1.
template UnitVector(n) {
    signal input bit[n];
    signal output unit[1 << n];

    var split[1 << n];
    split[0] = 1;
    signal upper[1 << n];
    for (var i = 0; i < n; i++) {
        for (var j = 0; j < 1 << i; j++) {
            upper[(1 << i) + j] <== split[j] * bit[i];
            split[(1 << i) + j] = upper[(1 << i) + j];
            split[j] -= upper[(1 << i) + j];
        }
    }
    upper[0] <== split[0];
    for (var j = 0; j < 1 << n; j++) { unit[j] <== split[j]; }
}
