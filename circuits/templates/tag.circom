pragma circom 2.1.0;

// Binds a proof to one job: the tag is a public input, and squaring it puts it into a row of its own, so that no
// rearrangement of the circuit can drop it. Nothing depends on the square. One row.
// The construction of Semaphore and Tornado Cash.
template Tag() {
    signal input tag;
    signal square;
    square <== tag * tag;
}
