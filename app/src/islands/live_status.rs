use std::time::Duration;

use contract::{PublicError, StatusView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

use crate::api::ApiError;
use crate::api::patient::patient_status;
use crate::components::{Disclosure, StatusCard};
use crate::words;

/// Connections that may fail in a row before the page asks at intervals instead.
const FAILURES: u8 = 3;
/// Seconds between two questions when there is no live connection.
const POLL_S: u64 = 20;

/// Keeps one referral's card fresh. The card that came with the page is its child and is replaced when the server says
/// that something changed; without wasm a link loads the page again.
#[island]
pub fn LiveStatus(
    referral: String,
    /// Version of the card that came with the page.
    version: i64,
    /// When that card was read, in words.
    updated: String,
    children: Children,
) -> impl IntoView {
    let live = Live {
        referral: StoredValue::new(referral),
        version: StoredValue::new(version),
        failures: StoredValue::new(0),
        newer: RwSignal::new(None),
        updated: RwSignal::new(updated),
        out: RwSignal::new(false),
    };
    Effect::new(move |_| live.listen());
    let said = move || {
        live.newer.with(|newer| {
            newer.as_ref().map(|view| format!("This has changed: {}", words::status_patient(view.state).1))
        })
    };
    view! {
        <div class="app-live app-stack">
            <p class="app-visually-hidden" role="status">{said}</p>
            <div class="app-stack" hidden=move || live.newer.with(Option::is_some)>{children()}</div>
            {move || {
                live.newer
                    .get()
                    .map(|view| {
                        view! { <div class="app-stack"><StatusCard view history=Disclosure::Open/></div> }
                    })
            }}
            <p class="app-quiet app-live__updated">
                "Updated " {move || live.updated.get()} ". "
                {move || {
                    if live.out.get() {
                        view! { <a href="/my">"You were signed out. Sign in again"</a> }.into_any()
                    } else {
                        view! { <a class="app-screen-only" href="/my">"Refresh"</a> }.into_any()
                    }
                }}
            </p>
        </div>
    }
}

/// What the island knows.
#[derive(Clone, Copy)]
struct Live {
    referral: StoredValue<String>,
    version: StoredValue<i64>,
    failures: StoredValue<u8>,
    newer: RwSignal<Option<StatusView>>,
    updated: RwSignal<String>,
    out: RwSignal<bool>,
}

impl Live {
    /// Opens the stream of changes. Its closures live as long as the page.
    fn listen(self) {
        let Ok(source) = EventSource::new(&format!("/live/{}", self.referral.get_value())) else {
            self.poll();
            return;
        };
        let changed = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let version = event.data().as_string().and_then(|data| data.trim().parse::<i64>().ok());
            // Nought: some changes were missed.
            if version.is_none_or(|version| version == 0 || version >= self.version.get_value()) {
                self.refresh();
            }
        });
        // A listener that cannot be added leaves the page as it would be without wasm.
        let _ = source.add_event_listener_with_callback("changed", changed.as_ref().unchecked_ref());
        changed.forget();
        let opened = Closure::<dyn Fn()>::new(move || {
            if self.failures.get_value() > 0 {
                self.failures.set_value(0);
                self.refresh();
            }
        });
        source.set_onopen(Some(opened.as_ref().unchecked_ref()));
        opened.forget();
        let stream = source.clone();
        let failed = Closure::<dyn Fn()>::new(move || {
            self.failures.update_value(|failures| *failures = failures.saturating_add(1));
            // The browser tries again by itself, unless the server refused.
            let refused = stream.ready_state() == EventSource::CLOSED;
            if refused || self.failures.get_value() >= FAILURES {
                stream.close();
                self.refresh();
                self.poll();
            }
        });
        source.set_onerror(Some(failed.as_ref().unchecked_ref()));
        failed.forget();
    }

    /// Asks at intervals, as long as somebody is signed in.
    fn poll(self) {
        let ask = move || {
            if !self.out.get_untracked() {
                self.refresh();
            }
        };
        // Where no interval can be set, the link to load the page again remains.
        let _ = set_interval_with_handle(ask, Duration::from_secs(POLL_S));
    }

    /// Reads the card as it is now and shows it when it differs.
    fn refresh(self) {
        spawn_local(async move {
            match patient_status(self.referral.get_value()).await {
                Ok(view) => {
                    self.updated.set(view.updated.clone());
                    self.version.set_value(view.version);
                    let shown = StatusView { updated: String::new(), ..view };
                    if self.newer.with_untracked(|newer| newer.as_ref() != Some(&shown)) {
                        self.newer.set(Some(shown));
                    }
                }
                Err(ApiError(PublicError::SignedOut | PublicError::NotFound)) => self.out.set(true),
                // The network is away or the server busy: what is shown stays, with the time it was read.
                Err(_) => {}
            }
        });
    }
}
