pragma circom 2.1.0;

// Sparse work: a network of eight-bit activations, every layer as wide as the one before. Nearly every wire is 0 or 1.
// It is the circuit of the measurements that the bench's table refers to, not the one that Assay proves with: that one
// spends fewer rows on an activation (circuits/templates/requantise.circom).

// x = Σ 2^i · bit[i], every bit 0 or 1.
template Bits(n) {
    signal input x;
    signal output bit[n];

    var sum = 0;
    for (var i = 0; i < n; i++) {
        bit[i] <-- (x >> i) & 1;
        bit[i] * (bit[i] - 1) === 0;
        sum += (1 << i) * bit[i];
    }
    sum === x;
}

// A weight or bias in [-63, 64]: drawn, not learned. Three steps of a Lehmer generator mix its coordinates.
function weight(l, o, i) {
    var x = (l * 7919 + o * 104729 + i * 1299709 + 12345) % 2147483647;
    x = (x * 48271) % 2147483647;
    x = (x * 48271) % 2147483647;
    return (x \ 1024) % 128 - 63;
}

// y = clip(⌊acc / 2^shift⌋, 0, 255) for acc in [-2^(bits-1), 2^(bits-1)). Rows: one for each bit, one for each bit above
// the eight that stay, one for the choice.
template Activation(bits, shift) {
    signal input acc;
    signal output y;

    component split = Bits(bits);
    split.x <== acc + (1 << (bits - 1));
    // 1 when acc is not negative, and then when none of the high bits is set either.
    var high = bits - 1 - shift - 8;
    signal none[high + 1];
    none[0] <== split.bit[bits - 1];
    for (var i = 0; i < high; i++) { none[i + 1] <== none[i] * (1 - split.bit[shift + 8 + i]); }
    var low = 0;
    for (var i = 0; i < 8; i++) { low += (1 << i) * split.bit[shift + i]; }
    y <== none[high] * (low - 255) + 255 * split.bit[bits - 1];
}

template Layer(l, inputs, outputs, bits, shift) {
    signal input x[inputs];
    signal output y[outputs];

    component activation[outputs];
    for (var o = 0; o < outputs; o++) {
        var acc = weight(l, o, inputs) * 256;
        for (var i = 0; i < inputs; i++) { acc += weight(l, o, i) * x[i]; }
        activation[o] = Activation(bits, shift);
        activation[o].acc <== acc;
        y[o] <== activation[o].y;
    }
}

// `layers` hidden layers and ten public outputs.
template Network(width, layers, bits, shift) {
    signal input x[width];
    signal output out[10];

    component range[width];
    for (var i = 0; i < width; i++) {
        range[i] = Bits(8);
        range[i].x <== x[i];
    }
    component layer[layers + 1];
    for (var l = 0; l <= layers; l++) {
        layer[l] = Layer(l, width, l == layers ? 10 : width, bits, shift);
        for (var i = 0; i < width; i++) { layer[l].x[i] <== l == 0 ? x[i] : layer[l - 1].y[i]; }
    }
    for (var i = 0; i < 10; i++) { out[i] <== layer[layers].y[i]; }
}
