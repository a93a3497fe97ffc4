//! Memory that a key or a proof takes for a while goes back to the system. glibc raises the size from which on a block is
//! mapped by itself to that of the largest block ever freed, up to 32 MiB, and keeps what lies below for each thread
//! apart: a process would hold the working memory of a proof several times over, and for ever.

use std::sync::Once;

/// Mapping a block costs the first touch of its pages anew in every proof: from 1 MiB on that is 30 ms of the 280 of a
/// circuit of hashes with 2^16 rows. At 2^18 rows the scalars of H have this size, and the digits of a table twice it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPED_FROM: libc::c_int = 8 << 20;

/// For whoever opens keys, which is what takes megabytes. Elsewhere the allocator decides.
pub fn map_large_blocks() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        // SAFETY: takes no pointer; the allocator locks what it changes, and every block it gave stays what it is.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_FROM);
            libc::mallopt(libc::M_TRIM_THRESHOLD, MAPPED_FROM);
        }
    });
}
