//! Memory that a key or a proof takes for a while goes back to the system. glibc raises the size from which on a block is
//! mapped by itself to that of the largest block ever freed, up to 32 MiB, and keeps what lies below for each thread
//! apart: a process would hold the working memory of a proof several times over, and for ever.

use std::sync::Once;

/// A proof's working memory is a few blocks of megabytes; mapping each of them costs it one part in a hundred.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPED_FROM: libc::c_int = 1 << 20;

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
