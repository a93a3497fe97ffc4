pragma circom 2.1.0;
include "compare.circom";
include "select.circom";

// position = where the greatest of the values stands, of equals the first: ArgMax. A fold that keeps the best value so far
// and its position: n + 7 rows for each further value.
//
// Precondition: differences of values are integers in [−2^n, 2^n). No hint but the bits of the comparisons.
template GreatestPosition(n, count) {
    signal input value[count];
    signal output position;

    component isBetter[count];
    component best[count];
    component place[count];
    signal bestValue[count];
    signal bestPlace[count];
    bestValue[0] <== value[0];
    bestPlace[0] <== 0;
    for (var j = 1; j < count; j++) {
        // Strictly, so that of equals the first stays.
        isBetter[j] = LessThan(n);
        isBetter[j].a <== bestValue[j - 1];
        isBetter[j].b <== value[j];
        best[j] = Select();
        best[j].c <== isBetter[j].less;
        best[j].x <== value[j];
        best[j].y <== bestValue[j - 1];
        bestValue[j] <== best[j].z;
        place[j] = Select();
        place[j].c <== isBetter[j].less;
        place[j].x <== j;
        place[j].y <== bestPlace[j - 1];
        bestPlace[j] <== place[j].z;
    }
    position <== bestPlace[count - 1];
}
