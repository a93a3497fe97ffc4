pragma circom 2.1.0;

// Dense work: a chain of Poseidon hashes of two elements. Nearly every wire is an element of full size.
// Grassi, Khovratovich, Rechberger, Roy, Schofnegger 2021; t = 3, x^5.

// y = x^5.
template FifthPower() {
    signal input x;
    signal output y;

    signal x2 <== x * x;
    signal x4 <== x2 * x2;
    y <== x4 * x;
}

// constants: t of them for each round. mix: the new element i is Σ_j mix[i][j] · state[j].
template Poseidon(fullRounds, partialRounds, constants, mix) {
    signal input left;
    signal input right;
    signal output hash;

    var t = 3;
    var rounds = fullRounds + partialRounds;
    component power[rounds][t];
    signal state[rounds + 1][t];
    state[0][0] <== 0;
    state[0][1] <== left;
    state[0][2] <== right;
    for (var round = 0; round < rounds; round++) {
        var isFull = round < fullRounds / 2 || round >= fullRounds / 2 + partialRounds;
        var powered[t];
        for (var i = 0; i < t; i++) {
            powered[i] = state[round][i] + constants[t * round + i];
            if (isFull || i == 0) {
                power[round][i] = FifthPower();
                power[round][i].x <== powered[i];
                powered[i] = power[round][i].y;
            }
        }
        for (var i = 0; i < t; i++) {
            var sum = 0;
            for (var j = 0; j < t; j++) { sum += mix[i][j] * powered[j]; }
            state[round + 1][i] <== sum;
        }
    }
    hash <== state[rounds][0];
}

// The hash of the hash so far and the next of four keys, in turn.
template PoseidonChain(length, fullRounds, partialRounds, constants, mix) {
    signal input seed;
    signal input key[4];
    signal output out;

    component link[length];
    for (var i = 0; i < length; i++) {
        link[i] = Poseidon(fullRounds, partialRounds, constants, mix);
        link[i].left <== i == 0 ? seed : link[i - 1].hash;
        link[i].right <== key[i % 4];
    }
    out <== link[length - 1].hash;
}
