pragma circom 2.1.0;
include "bits.circom";

// The digest of an input tensor: docs/protocol.md, "Hashed inputs". Poseidon over sixteen inputs, t = 17, x^5, after
// Grassi, Khovratovich, Rechberger, Roy, Schofnegger 2021. The lowering (circuits/lower/hash/) has the same function in
// fewer rows: it solves the linear layers for the wires that come after.

// y = x^5, in three rows.
template FifthPower() {
    signal input x;
    signal output y;

    signal x2 <== x * x;
    signal x4 <== x2 * x2;
    y <== x4 * x;
}

// c[17·round + i] is added to element i; M mixes. The capacity is element 0, and 0; the hash is element 0 at the end.
// Every wire is determined by those before it: no hint, no precondition.
template Poseidon16(c, M) {
    signal input in[16];
    signal output hash;

    var t = 17;
    var fullRounds = 8;
    var partialRounds = 68;
    var rounds = fullRounds + partialRounds;
    component power[rounds][t];
    signal state[rounds + 1][t];
    state[0][0] <== 0;
    for (var i = 1; i < t; i++) { state[0][i] <== in[i - 1]; }
    for (var round = 0; round < rounds; round++) {
        var isFull = round < fullRounds / 2 || round >= fullRounds / 2 + partialRounds;
        var powered[t];
        for (var i = 0; i < t; i++) {
            powered[i] = state[round][i] + c[t * round + i];
            if (isFull || i == 0) {
                power[round][i] = FifthPower();
                power[round][i].x <== powered[i];
                powered[i] = power[round][i].y;
            }
        }
        for (var i = 0; i < t; i++) {
            var sum = 0;
            for (var j = 0; j < t; j++) { sum += M[i][j] * powered[j]; }
            state[round + 1][i] <== sum;
        }
    }
    hash <== state[rounds][0];
}

// digest of count integers x in [min, min + 2^bits), each packed as x − min in `bytes` bytes, bits ≤ 8·bytes.
//
// Sound: the bits keep every x in its range, so that a word has one choice of elements, and stays below 2^248 < r; two
// inputs with one digest are a collision of Poseidon.
template InputDigest(count, bytes, bits, min, c, M) {
    assert(bits <= 8 * bytes);
    signal input x[count];
    signal input salt;
    signal output digest;

    component range[count];
    for (var i = 0; i < count; i++) {
        range[i] = Bits(bits);
        range[i].value <== x[i] - min;
    }

    var perWord = 31 \ bytes;
    var words = (count + perWord - 1) \ perWord;
    // Thirteen words in the first hash, fifteen in each after it.
    var hashes = words <= 13 ? 1 : 1 + (words - 13 + 14) \ 15;
    component link[hashes];
    var word = 0;
    for (var h = 0; h < hashes; h++) {
        link[h] = Poseidon16(c, M);
        var at = 1;
        if (h == 0) {
            // "assay/input/1", padded with zeros to 16 bytes.
            link[h].in[0] <== 0x61737361792f696e7075742f31000000;
            link[h].in[1] <== count + (bytes << 32) + ((min + (1 << 31)) << 64);
            link[h].in[2] <== salt;
            at = 3;
        } else {
            link[h].in[0] <== link[h - 1].hash;
        }
        while (at < 16) {
            var sum = 0;
            for (var j = 0; j < perWord && perWord * word + j < count; j++) {
                sum += (1 << (8 * bytes * j)) * (x[perWord * word + j] - min);
            }
            link[h].in[at] <== sum;
            word++;
            at++;
        }
    }
    digest <== link[hashes - 1].hash;
}
