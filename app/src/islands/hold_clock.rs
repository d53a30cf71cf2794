use std::time::Duration;

use leptos::prelude::*;

/// Counts down while a time is held. Without wasm its children say the same in words.
///
/// `left_s` is what was left when the page was made, so that a wrong clock in the device does no harm.
#[island]
pub fn HoldClock(
    left_s: i64,
    /// Where another time is chosen.
    again: String,
    children: Children,
) -> impl IntoView {
    let left = RwSignal::new(None::<i64>);
    Effect::new(move |_| {
        // From the moment the page was asked for: never later than on the server.
        let spent_ms = window().performance().map_or(0.0, |performance| performance.now());
        #[expect(clippy::cast_precision_loss, reason = "seconds of a hold are few")]
        let end_ms = js_sys::Date::now() - spent_ms + (left_s * 1000) as f64;
        left.set(Some(remaining(end_ms)));
        // Stops with the page; where no interval can be set, the first figure stays.
        let _ = set_interval_with_handle(move || left.set(Some(remaining(end_ms))), Duration::from_secs(1));
    });
    view! {
        <div class="app-hold">
            <div hidden=move || left.get().is_some()>{children()}</div>
            {move || {
                left.get()
                    .map(|left_s| {
                        if left_s > 0 {
                            view! {
                                <p>
                                    "We hold this time for you for "
                                    <span class="app-hold-clock" role="timer">{clock(left_s)}</span>
                                </p>
                            }
                                .into_any()
                        } else {
                            let again = crate::components::Href::from(again.as_str());
                            view! {
                                <p role="alert">
                                    "This time is no longer held for you. " <a href=again.as_str().to_owned()>"Choose again"</a>
                                </p>
                            }
                                .into_any()
                        }
                    })
            }}
        </div>
    }
}

/// Whole seconds until an instant in milliseconds since 1970, never below zero.
fn remaining(end_ms: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "seconds of a hold are few")]
    let seconds = ((end_ms - js_sys::Date::now()) / 1000.0).ceil() as i64;
    seconds.max(0)
}

/// "4:05".
fn clock(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn the_clock_shows_minutes_and_two_digits_of_seconds() {
        for (seconds, shown) in [(300, "5:00"), (65, "1:05"), (9, "0:09"), (0, "0:00")] {
            assert_eq!(clock(seconds), shown);
        }
    }
}
