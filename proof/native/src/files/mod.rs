//! Files of iden3's formats: `.zkey`, `.wtns`, `.r1cs`, `.ptau` (snarkjs 0.7.6 is the reference). Untrusted bytes are
//! decoded here, once, strictly: every length is held against what is there before it is used, every number is
//! canonical, nothing is allocated on a file's word. Whatever a parser returns is consistent; whatever it refuses, it
//! refuses with a code and never by a panic. Written are files whole or not at all (`AtomicFile`).

mod atomic;
pub mod binfile;
mod cursor;
mod mapped;
mod points;
mod ptau;
mod r1cs;
mod subgroup;
mod writer;
mod wtns;
mod zkey;

pub use atomic::AtomicFile;
pub use binfile::{Container, Format};
pub use mapped::Mapped;
pub use points::{Fault, PointBytes, check_points, decode_point, g1_at, g2_at, point_at};
pub use ptau::{Lagrange, PTAU, Ptau};
pub use r1cs::{Constraint, Constraints, R1CS, R1cs, Row};
pub use writer::{ContainerWriter, write_binfile};
pub use wtns::{WTNS, Wtns};
pub use zkey::{Coefficient, ZKEY, Zkey, ZkeyHeader};
