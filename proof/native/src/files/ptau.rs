//! `.ptau`: powers of tau, as snarkjs 0.7.6 writes them: before preparation, prepared for phase 2, or truncated.

use super::binfile::{Container, Format};
use super::cursor::Cursor;
use super::points::PointBytes;
use crate::curve::{G1, G2};
use crate::error::Result;
use crate::field::{FqModulus, Modulus};

pub static PTAU: Format = Format {
    magic: b"ptau",
    version: 1,
    sections: &[1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15],
    code: "PTAU_MALFORMED",
};

/// Fr has roots of unity up to 2^28: no circuit has more rows, and no public ceremony more powers.
const MAX_POWER: u32 = 28;
/// tau, alpha, beta in G1, tau and beta in G2; two points of G1 for each secret and one of G2; the state of the hash;
/// the next challenge; the type. Then u32 length and the parameters.
const CONTRIBUTION_BYTES: usize = 9 * 64 + 5 * 128 + 216 + 64 + 4;

/// Every section is as long as the header says. The points are not looked at: `check_points` does.
#[derive(Clone, Copy, Debug)]
pub struct Ptau<'a> {
    pub power: u32,
    /// Of the ceremony that this file was cut from.
    pub ceremony_power: u32,
    /// [tau^i]₁ for 2^(power+1) − 1 powers.
    pub tau_g1: &'a [u8],
    /// [tau^i]₂ for 2^power powers.
    pub tau_g2: &'a [u8],
    /// [alpha·tau^i]₁ for 2^power powers.
    pub alpha_tau_g1: &'a [u8],
    /// [beta·tau^i]₁ for 2^power powers.
    pub beta_tau_g1: &'a [u8],
    /// [beta]₂.
    pub beta_g2: &'a [u8],
    /// u32 count, contributions: as long as their lengths say.
    pub contributions: &'a [u8],
    /// Present in a file that is prepared for phase 2.
    pub lagrange: Option<Lagrange<'a>>,
}

/// The same in the Lagrange bases of all domains of 1, 2, 4 … points, one after another.
#[derive(Clone, Copy, Debug)]
pub struct Lagrange<'a> {
    /// Up to the domain of 2^(power+1) points.
    pub tau_g1: &'a [u8],
    /// Up to the domain of 2^power points, as the two that follow.
    pub tau_g2: &'a [u8],
    pub alpha_tau_g1: &'a [u8],
    pub beta_tau_g1: &'a [u8],
}

impl<'a> Ptau<'a> {
    /// # Errors
    /// `PTAU_MALFORMED`.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let file = Container::parse(bytes, &PTAU)?;
        let mut header = file.cursor(1)?;
        header.modulus(FqModulus::P, "q")?;
        let power = header.u32("the power")?;
        let ceremony_power = header.u32("the power of the ceremony")?;
        if !(1..=MAX_POWER).contains(&ceremony_power) {
            let expected = format!("1 to {MAX_POWER}");
            return Err(header.malformed("the power of the ceremony", expected, ceremony_power));
        }
        if !(1..=ceremony_power).contains(&power) {
            return Err(header.malformed("the power", format!("1 to {ceremony_power}"), power));
        }
        header.end()?;
        check_contributions(file.cursor(7)?)?;
        let g1 = |id, count: u64| file.section_of(id, count * G1::BYTES as u64);
        let g2 = |id, count: u64| file.section_of(id, count * G2::BYTES as u64);
        let size = 1 << power;
        let lagrange = if [12, 13, 14, 15].iter().any(|id| file.optional(*id).is_some()) {
            Some(Lagrange {
                tau_g1: g1(12, 4 * size - 1)?,
                tau_g2: g2(13, 2 * size - 1)?,
                alpha_tau_g1: g1(14, 2 * size - 1)?,
                beta_tau_g1: g1(15, 2 * size - 1)?,
            })
        } else {
            None
        };
        Ok(Self {
            power,
            ceremony_power,
            tau_g1: g1(2, 2 * size - 1)?,
            tau_g2: g2(3, size)?,
            alpha_tau_g1: g1(4, size)?,
            beta_tau_g1: g1(5, size)?,
            beta_g2: g2(6, 1)?,
            contributions: file.section(7)?,
            lagrange,
        })
    }

    pub fn is_prepared(&self) -> bool {
        self.lagrange.is_some()
    }
}

impl Lagrange<'_> {
    /// The domain of 2^power points within one of these sections.
    ///
    /// # Panics
    /// When the section has no such domain.
    pub fn domain<C: PointBytes>(section: &[u8], power: u32) -> &[u8] {
        let size = C::BYTES << power;
        // The smaller domains have 2^power − 1 points together.
        &section[size - C::BYTES..][..size]
    }
}

/// Their lengths; what they say is for whoever verifies the ceremony.
fn check_contributions(mut section: Cursor<'_>) -> Result<()> {
    let count = section.u32("the number of contributions")?;
    for i in 1..=count {
        let what = format!("contribution {i}");
        section.take(CONTRIBUTION_BYTES, &what)?;
        let parameters = section.u32(&what)?;
        section.take(parameters as usize, &what)?;
    }
    section.end()
}
