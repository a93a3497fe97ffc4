//! Many independent sums of two points at once, eight side by side, at the price of one inversion for all of them
//! (Montgomery 1987). Every sum is right: equal and opposite points and infinity included.

use super::packed::{Packed, is_infinity, load_group, store_group};
use crate::cpu::Cpu;
use crate::curve::{Affine, Xyzz};
use crate::field::{Field, invert_all};
use crate::lanes::{FieldLanes, Forms, Kernel, LaneCurve, Mask, Row, WIDTH, dispatch};

/// Groups that share an inversion. It costs about 2.5 µs a lane, a sum 20 ns; the values kept between the two passes,
/// 640 bytes a group, stay near the core.
const GROUPS: usize = 256;

/// left[i] += right[i], for all i.
///
/// # Panics
/// When there are more on one side.
pub fn add_all<C: LaneCurve>(cpu: Cpu, left: &mut Packed<C>, right: &Packed<C>) {
    assert_eq!(left.len(), right.len(), "as many left as right");
    let batch = GROUPS * WIDTH * C::ROWS;
    for (left, right) in left.rows_mut().chunks_mut(batch).zip(right.rows().chunks(batch)) {
        dispatch(cpu, AddAll::<C> { left, right, curve: std::marker::PhantomData });
    }
}

/// Doubles the first `count` points; others with them up to a whole group.
pub fn double_all<C: LaneCurve>(cpu: Cpu, points: &mut Packed<C>, count: usize) {
    let rows = count.next_multiple_of(WIDTH) * C::ROWS;
    let batch = GROUPS * WIDTH * C::ROWS;
    for points in points.rows_mut()[..rows].chunks_mut(batch) {
        dispatch(cpu, DoubleAll::<C> { points, curve: std::marker::PhantomData });
    }
}

struct AddAll<'a, C: LaneCurve> {
    left: &'a mut [Row],
    right: &'a [Row],
    curve: std::marker::PhantomData<C>,
}

impl<C: LaneCurve> Kernel for AddAll<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<F: Forms>(self) {
        let group = WIDTH * C::ROWS;
        let one = C::Lanes::<F>::splat(C::Base::ONE);
        let mut shared = SharedInversion::<C::Lanes<F>>::new(self.left.len() / group);
        let mut special: Vec<(usize, Mask)> = Vec::new();
        for (i, (left, right)) in
            self.left.chunks_exact(group).zip(self.right.chunks_exact(group)).enumerate()
        {
            let ((x1, y1), (x2, y2)) = (load_group::<C, F>(left), load_group::<C, F>(right));
            let dx = x2.sub::<1>(x1);
            // No point of odd order has y = 0, so that it tells infinity.
            let mask = dx.zeros() | y1.zeros() | y2.zeros();
            if mask != 0 {
                special.push((i, mask));
            }
            shared.push(dx.replace_where(mask, one));
        }
        let fixes = fix_specials::<C, F>(self.left, self.right, &special);
        shared.invert();
        for i in (0..self.left.len() / group).rev() {
            let inverse = shared.pop();
            let left = &mut self.left[i * group..][..group];
            let (x1, y1) = load_group::<C, F>(left);
            let (x2, y2) = load_group::<C, F>(&self.right[i * group..][..group]);
            let slope = y2.sub::<1>(y1).mul(inverse);
            let x3 = slope.square().sub::<2>(x1.add(x2));
            let y3 = slope.mul(x1.sub::<6>(x3)).sub::<1>(y1);
            store_group::<C, F>(x3, y3, left);
        }
        for (at, rows) in fixes {
            self.left[at..at + C::ROWS].copy_from_slice(&rows[..C::ROWS]);
        }
    }
}

/// The sums without a slope of their own, and where they go: those with infinity, of equal and of opposite points.
#[inline(always)]
fn fix_specials<C: LaneCurve, F: Forms>(
    left: &[Row],
    right: &[Row],
    special: &[(usize, Mask)],
) -> Vec<(usize, [Row; 2])> {
    let (size, mut fixes) = (C::ROWS, Vec::new());
    for (i, mask) in special {
        for lane in (0..WIDTH).filter(|lane| mask >> lane & 1 == 1) {
            let at = (i * WIDTH + lane) * size;
            let (left, right) = (&left[at..at + size], &right[at..at + size]);
            let mut rows = [Row::ZERO; 2];
            if is_infinity(right) {
                rows[..size].copy_from_slice(left);
            } else if is_infinity(left) {
                rows[..size].copy_from_slice(right);
            } else if left == right {
                // Rare enough to be done alone: a circuit names a wire twice in a row.
                double_one::<C, F>(left, &mut rows[..size]);
            }
            fixes.push((at, rows));
        }
    }
    fixes
}

#[inline(always)]
fn double_one<C: LaneCurve, F: Forms>(point: &[Row], doubled: &mut [Row]) {
    let (x, y) = C::Lanes::<F>::load_points([point; WIDTH]);
    let point = Affine::<C>::new(x.store()[0], y.store()[0]);
    let double = Affine::from(Xyzz::from(point).double());
    let x = C::Lanes::<F>::splat(double.x);
    let mut group = [Row::ZERO; 2 * WIDTH];
    store_group::<C, F>(x, C::Lanes::<F>::splat(double.y), &mut group[..WIDTH * doubled.len()]);
    doubled.copy_from_slice(&group[..doubled.len()]);
}

struct DoubleAll<'a, C: LaneCurve> {
    points: &'a mut [Row],
    curve: std::marker::PhantomData<C>,
}

impl<C: LaneCurve> Kernel for DoubleAll<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<F: Forms>(self) {
        let group = WIDTH * C::ROWS;
        let one = C::Lanes::<F>::splat(C::Base::ONE);
        let zero = C::Lanes::<F>::splat(C::Base::ZERO);
        let mut shared = SharedInversion::<C::Lanes<F>>::new(self.points.len() / group);
        for points in self.points.chunks_exact(group) {
            let (_, y) = load_group::<C, F>(points);
            shared.push(y.add(y).replace_where(y.zeros(), one));
        }
        shared.invert();
        for points in self.points.chunks_exact_mut(group).rev() {
            let inverse = shared.pop();
            let (x, y) = load_group::<C, F>(points);
            let infinity = y.zeros();
            let square = x.square();
            let slope = square.add(square).add(square).reduce::<8>().mul(inverse);
            let x3 = slope.square().sub::<2>(x.add(x));
            let y3 = slope.mul(x.sub::<6>(x3)).sub::<1>(y);
            let (x3, y3) = (x3.replace_where(infinity, zero), y3.replace_where(infinity, zero));
            store_group::<C, F>(x3, y3, points);
        }
    }
}

/// Lanes that are inverted together and taken back in reverse order. Bound 2 goes in, bound 4 comes out.
struct SharedInversion<L> {
    elements: Vec<L>,
    /// Of all elements before each.
    products: Vec<L>,
    /// Of all: then of the inverses of those that are left.
    product: L,
}

impl<L: FieldLanes> SharedInversion<L> {
    #[inline(always)]
    fn new(count: usize) -> Self {
        let product = L::splat(L::Element::ONE);
        Self { elements: Vec::with_capacity(count), products: Vec::with_capacity(count), product }
    }

    #[inline(always)]
    fn push(&mut self, element: L) {
        self.elements.push(element);
        self.products.push(self.product);
        self.product = self.product.mul(element);
    }

    #[inline(always)]
    fn invert(&mut self) {
        let mut lanes = self.product.store();
        invert_all(&mut lanes);
        self.product = L::load(&lanes);
    }

    #[inline(always)]
    fn pop(&mut self) -> L {
        let element = self.elements.pop().expect("as many as were pushed");
        let before = self.products.pop().expect("as many as were pushed");
        let inverse = self.product.mul(before);
        self.product = self.product.mul(element);
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Curve, G1, G2, multiply};
    use crate::field::Fr;
    use proptest::prelude::*;

    /// Few points, so that equal, opposite and infinite ones meet often.
    fn points<C: Curve>() -> impl Strategy<Value = Vec<Affine<C>>> {
        let few: Vec<Affine<C>> =
            (-3i64..=3).map(|k| multiply(&C::generator(), &Fr::from(k)).into()).collect();
        prop::collection::vec(prop::sample::select(few), 0..70)
    }

    fn agrees<C: LaneCurve>(left: &[Affine<C>], right: &[Affine<C>]) {
        let count = left.len().min(right.len());
        let (left, right) = (&left[..count], &right[..count]);
        let sum = |(left, right): (&Affine<C>, &Affine<C>)| {
            Affine::from(Xyzz::from(*left).add_affine(right))
        };
        let sums: Vec<Affine<C>> = left.iter().zip(right).map(sum).collect();
        let doubles: Vec<Affine<C>> = left.iter().zip(left).map(sum).collect();
        for cpu in Cpu::all() {
            let mut packed = Packed::pack(cpu, left);
            assert_eq!(packed.unpack(cpu), left, "{cpu:?}");
            add_all(cpu, &mut packed, &Packed::pack(cpu, right));
            assert_eq!(packed.unpack(cpu), sums, "{cpu:?}");
            let mut packed = Packed::pack(cpu, left);
            double_all(cpu, &mut packed, count);
            assert_eq!(packed.unpack(cpu), doubles, "{cpu:?}");
        }
    }

    proptest! {
        #[test]
        fn adds_as_one_by_one(left in points::<G1>(), right in points::<G1>()) {
            agrees(&left, &right);
        }

        #[test]
        fn adds_as_one_by_one_in_g2(left in points::<G2>(), right in points::<G2>()) {
            agrees(&left, &right);
        }
    }
}
