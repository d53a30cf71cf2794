//! The shared pieces that pages are built from, one per file, named as in the design system.
//!
//! A component receives plain data and shows it; what to show is decided in `domain`, `contract` or `service`.
//! All of them render on the server and inside islands, and every form control works without wasm. No component writes a
//! `style` attribute, so that the content security policy may forbid inline style.
//!
//! Layout classes for pages (see `app/styles/layout.css`): `app-frame` (whole page; `--console` puts the navigation on
//! the left), `app-main` (`--patient` is at most 40 rem wide, `--console` uses the width), `app-stack` (vertical space between
//! children; `--tight`, `--loose`), `app-cluster` (children in a wrapping line), `app-panels` (equal panels that wrap),
//! `app-split` (list beside detail), `app-actions` (the acts of a form or card), `app-lead`, `app-quiet`,
//! `app-visually-hidden`, `app-screen-only`, `app-print-only`. The frame expects `<main id="main" tabindex="-1">`.

mod bar_chart;
mod button;
mod card;
mod empty;
mod error_summary;
mod facts;
mod field;
mod filters;
mod footer;
mod header;
mod heading;
mod href;
mod notice;
mod pager;
mod passkey_form;
mod progress;
mod questions;
mod safe_textarea;
mod secret_address;
mod status_card;
mod status_tag;
mod table;
mod timeline;
pub mod visit;

#[cfg(test)]
mod contrast_tests;
#[cfg(all(test, feature = "ssr"))]
mod pattern_tests;

pub use bar_chart::{Bar, BarChart};
pub use button::{Button, LinkButton, Look};
pub use card::Card;
pub use empty::Empty;
pub use error_summary::{ErrorSummary, FieldError};
pub use facts::{Fact, Facts};
pub use field::{
    CheckboxGroup, Choice, DateField, DateOfBirthField, DateParts, FileField, Files, HiddenField,
    LargestFile, Need, RadioGroup, SelectField, TextField, TextKind, Width, field_id, files_of,
};
pub use filters::{Disclosure, Filters};
pub use footer::PageFooter;
pub use header::{ConsoleHeader, Current, NavItem, PatientHeader, SignOut};
pub use heading::Level;
pub use href::Href;
pub use notice::{Notice, NoticeKind};
pub use pager::Pager;
pub use passkey_form::{PasskeyAct, PasskeyForm};
pub use progress::Progress;
pub use questions::questions;
pub use safe_textarea::SafeTextarea;
pub use secret_address::SecretAddress;
pub use status_card::StatusCard;
pub use status_tag::{Meaning, StatusTag};
pub use table::{Align, Caption, Column, DataTable, Density, Row, words_of};
pub use timeline::{Timeline, TimelineItem, TimelineKind};

/// Renders a view to a string, as the server does.
#[cfg(all(test, feature = "ssr"))]
pub(crate) fn render<V: leptos::prelude::IntoView>(view: impl FnOnce() -> V) -> String {
    use leptos::prelude::{IntoAny, Owner, RenderHtml};
    Owner::new().with(|| leptos::prelude::IntoView::into_view(view()).into_any().to_html())
}
