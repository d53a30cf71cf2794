//! Places at which a process is killed to prove that nothing is lost and nothing sent twice (`cargo xtask bench messaging`).
//! Development builds have them alone: a release cannot be told to die.

/// Ends the process at once, as `kill -9` from outside does, where `WAYMARK_DIE_AT` names the place.
#[cfg(debug_assertions)]
pub(crate) fn at(place: &str) {
    if std::env::var("WAYMARK_DIE_AT").is_ok_and(|wanted| wanted == place) {
        let own = std::process::id().to_string();
        let killed = std::process::Command::new("kill").args(["-KILL", &own]).status();
        // Nothing after this place may happen, whatever became of the signal.
        tracing::error!(place, ?killed, "still here");
        std::process::abort();
    }
}

#[cfg(not(debug_assertions))]
pub(crate) const fn at(_place: &str) {}
