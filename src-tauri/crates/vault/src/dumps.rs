//! Keeping memory out of the files that a crash leaves behind.

use crate::error::VaultError;
#[cfg(unix)]
use crate::error::While;

/// Has the system write no image of this process, or of any it starts, to disk when it crashes: such an image would hold
/// whatever was on the screen, in clear. Call it before anything else.
///
/// On Linux and macOS the limit on core files goes down for good, for the web view's processes as well. On Linux the
/// process also stops being dumpable, which keeps others of the same user from attaching to it. On Windows nothing is done:
/// Windows Error Reporting keeps full dumps only where an administrator has asked for them, and then policy must exclude
/// the program.
///
/// # Errors
/// When the system refuses. The program can go on; it should say so in its log.
pub fn keep_out_of_dumps() -> Result<(), VaultError> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // A dump that Linux hands to a program instead of a file ignores a limit of 0 and keeps to one of 1 byte, which no
        // file can keep to either.
        let most = Some(u64::from(cfg!(target_os = "linux")));
        let limit = Rlimit {
            current: most,
            maximum: most,
        };
        setrlimit(Resource::Core, limit)
            .map_err(std::io::Error::from)
            .while_doing("turning crash dumps off")?;
    }
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
        .map_err(std::io::Error::from)
        .while_doing("turning crash dumps off")?;
    Ok(())
}
