//! Every word that stands for a code, in one place, ready for translation: statuses, acts, priorities, channels.

mod access;
mod audit;
mod availability;
mod facts;
mod lists;
mod messages;
pub mod patient;
mod referrals;
mod refusals;
mod rules;
mod settings;
mod templates;
mod to_many;
mod waiting;

pub use access::{finding, standing_of_person, times};
pub use audit::{did, touched};
pub use availability::{
    CALENDAR_IS_PLAIN, OVER_VISITS, Touched, WHEN_STALE, booked, calendar_from, calendar_is_old,
    calendar_kind, cancel_and_close, cancel_and_save, held_go_back, in_doubt, in_its_way, in_the_way,
    leave_saved, list_and, moved_visits, outdated, session_notes, session_saved, sessions_added,
    sessions_in_file, short_day, then_listed, then_told, to_rebook, visits, visits_kept, would_break,
    would_leave, would_stop, would_strand,
};
pub use facts::{capitalised, day, nhs_number, phone, record_kind};
pub use lists::{age, appointment, waiting};
pub use messages::{
    channel, delivery, delivery_by, left_out, no_more, stuck, task, template, undelivered, words_used,
};
pub use referrals::{
    accepted, act, asked, came, clock, event, follow_up_kind, follow_up_state, follow_ups_due, kind,
    next_action, next_step, priority, readers, role, scan, standing, status_patient, status_staff, urgency,
};
pub use refusals::{conflict, left, refusal};
pub use rules::{check_state, field_kind, media_types, severity, verdict, version};
pub use settings::{duration, set_thing, setting, setup_step};
pub use templates::{part, part_hint, place, sms_length, template_about};
pub use to_many::{left_out_later, left_out_of_many, purpose, sending_stage};
pub use waiting::{
    HELD_NO_LONGER, OVERBOOK_WHY, days, divided_by, group, offer_outcome, on_board, priority_code,
};
