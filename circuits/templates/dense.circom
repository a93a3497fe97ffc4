pragma circom 2.1.0;

// acc[j] = bias[j] + Σ_i weights[j][i] · x[i], with constant weights: one linear row for each output, and no product.
//
// Nothing here is range-checked. What bounds acc is that x is bounded (by the gadget before, or by the verifier for
// public inputs) and that the weights are constants: circuits/dense-network.ts computes the exact interval.
template Dense(inputs, outputs, weights, bias) {
    signal input x[inputs];
    signal output acc[outputs];

    // circom copies a symbolic sum each time a term is added, which over the whole row is quadratic: 33 s for
    // 784 x 128. Summed in √inputs blocks of √inputs terms it takes 6 s.
    var block = 1;
    while (block * block < inputs) { block++; }

    for (var j = 0; j < outputs; j++) {
        var sum = bias[j];
        for (var from = 0; from < inputs; from += block) {
            var part = 0;
            for (var i = from; i < from + block && i < inputs; i++) { part += weights[j][i] * x[i]; }
            sum += part;
        }
        acc[j] <== sum;
    }
}
