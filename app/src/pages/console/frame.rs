use domain::policy::{Capability, may};
use domain::{Actor, Principal};
use leptos::prelude::*;

use super::key;
use crate::components::{
    ConsoleHeader, ErrorSummary, FieldError, NavItem, Notice, NoticeKind, PageFooter, SignOut, field_id,
};
use crate::web::{Kept, Staff};
use crate::words;

/// A part of the console, as the navigation names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Referrals,
    Worklist,
    /// The board, the waiting lists and bulk matching.
    Board,
    Availability,
    Messages,
    Downtime,
    Quality,
    Administration,
    /// One's own account; reached from the foot of every page.
    Account,
    /// Emergency access; reached from the foot of every page.
    Emergency,
}

/// Every part: who may use it, what it is called, where it is.
const SECTIONS: [(Section, Capability, &str, &str); 8] = [
    (Section::Worklist, Capability::Worklist, "Worklist", "/worklist"),
    (Section::Board, Capability::Worklist, "Board", "/board"),
    (Section::Referrals, Capability::Refer, "My referrals", "/referrals"),
    (Section::Availability, Capability::Availability, "Availability", "/availability"),
    (Section::Messages, Capability::MessageLog, "Messages", "/messages"),
    (Section::Downtime, Capability::Downtime, "Downtime", "/downtime"),
    (Section::Quality, Capability::Quality, "Quality", "/quality"),
    (Section::Administration, Capability::Administer, "Administration", "/admin"),
];

/// Where somebody begins: where their own work is, which for administrators is the last part.
pub fn first_page(principal: &Principal) -> Option<&'static str> {
    if may(principal, Capability::Administer) && !may(principal, Capability::Worklist) {
        return Some("/admin");
    }
    SECTIONS.iter().find(|(_, capability, ..)| may(principal, *capability)).map(|(.., href)| *href)
}

/// The frame of a staff page.
#[derive(Clone)]
pub struct Console {
    nav: Vec<NavItem>,
    who: String,
    kept: Kept,
}

impl Console {
    /// The frame for whoever is signed in, with the section that is shown and what the last form left to say.
    pub fn new(staff: &Staff, here: Section, kept: &Kept) -> Self {
        let mut console = Self::of(&staff.call.actor, here, kept);
        if staff.is_privacy_contact && !may(staff.principal(), Capability::Administer) {
            // Of the administration they have the audit, and from there the review of emergency access.
            let item = NavItem::new("Privacy", "/admin/audit");
            console.nav.push(if here == Section::Administration { item.here() } else { item });
        }
        console
    }

    fn of(actor: &Actor, here: Section, kept: &Kept) -> Self {
        let nav = SECTIONS
            .iter()
            .filter(|(_, capability, ..)| may(&actor.principal, *capability))
            .map(|(section, _, label, href)| {
                let item = NavItem::new(*label, *href);
                if *section == here { item.here() } else { item }
            })
            .collect();
        let roles: Vec<_> = actor.roles().into_iter().map(words::role).collect();
        Self {
            nav,
            who: format!("{}, {}", actor.label(), roles.join(" and ").to_lowercase()),
            kept: kept.clone(),
        }
    }

    /// The whole page: header, what happened, heading, content, footer.
    pub fn page(&self, heading: impl Into<String>, body: impl IntoView + 'static) -> AnyView {
        let heading = heading.into();
        self.framed(view! { <h1>{heading}</h1> }.into_any(), body)
    }

    /// The same with what the page is begun for beside its heading, where it takes no line of its own.
    pub fn page_beside(
        &self,
        heading: impl Into<String>,
        beside: impl IntoView + 'static,
        body: impl IntoView + 'static,
    ) -> AnyView {
        let heading = heading.into();
        let head = view! {
            <div class="app-head">
                <h1>{heading}</h1>
                {beside}
            </div>
        };
        self.framed(head.into_any(), body)
    }

    fn framed(&self, head: AnyView, body: impl IntoView + 'static) -> AnyView {
        let sign_out = SignOut { action: "/sign-out".into(), name: "key".to_owned(), value: key() };
        view! {
            <div class="app-frame app-frame--console">
                <ConsoleHeader nav=self.nav.clone() who=self.who.clone() sign_out=Some(sign_out) />
                <main id="main" tabindex="-1" class="app-main app-main--console">
                    {said(&self.kept)} {head} {body}
                </main>
                <PageFooter links=foot() note="Waymark: referrals from the letter to the report" />
            </div>
            {signed_out()}
        }
        .into_any()
    }
}

/// What `/presence.js` shows in the place of the page once its reader is no longer let in.
fn signed_out() -> AnyView {
    let script = leptos::nonce::use_nonce().map(|nonce| {
        view! { <script type="module" nonce=nonce src="/presence.js"></script> }
    });
    view! {
        <template id="signed-out">
            <main class="app-main app-main--patient app-stack">
                <h1 tabindex="-1">"You are signed out"</h1>
                <p>"This page is closed, so that nobody else reads it."</p>
                <p data-words>
                    "What you typed is kept in this window. Sign in again in another window, then come back to this one."
                </p>
                <p class="app-actions">
                    <a class="app-button app-button--primary" href="/sign-in" target="_blank" data-words>
                        "Sign in again in a new window"
                    </a>
                    <a class="app-button app-button--primary" href="/sign-in" data-nothing>"Sign in"</a>
                </p>
            </main>
        </template>
        {script}
    }
    .into_any()
}

/// Links for everybody who works here.
fn foot() -> Vec<NavItem> {
    vec![
        NavItem::new("What we told you", "/account/messages"),
        NavItem::new("Your account", "/account"),
        NavItem::new("Emergency access", "/emergency"),
    ]
}

/// What the last form left to say: what to put right, or what has been done. A form that was refused brings back what
/// was typed, so a message without values is a word of success.
pub fn said(kept: &Kept) -> AnyView {
    let errors: Vec<_> = kept
        .errors
        .iter()
        .map(|error| FieldError { field_id: field_id(&error.field), message: error.message.clone() })
        .collect();
    let kind = if kept.values.is_empty() { NoticeKind::Success } else { NoticeKind::Warning };
    let notice = kept.message.clone().map(|title| view! { <Notice kind title /> });
    view! {
        <ErrorSummary errors />
        {notice}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{OrganisationId, PersonId, Role};
    use uuid::Uuid;

    fn staff(roles: &[Role]) -> Principal {
        Principal::Staff {
            organisation: OrganisationId(Uuid::nil()),
            person: PersonId(Uuid::nil()),
            roles: roles.to_vec(),
            name: "Dr Osei".to_owned(),
        }
    }

    #[test]
    fn everybody_begins_where_their_work_is() {
        for (roles, page) in [
            (vec![Role::Referrer], Some("/referrals")),
            (vec![Role::Specialist, Role::Referrer], Some("/worklist")),
            (vec![Role::Coordinator], Some("/worklist")),
            (vec![Role::Quality], Some("/quality")),
            (vec![Role::Administrator], Some("/admin")),
            (vec![], None),
        ] {
            assert_eq!(first_page(&staff(&roles)), page, "{roles:?}");
        }
    }

    #[test]
    fn the_navigation_holds_only_what_the_role_may_use() {
        let actor = Actor { principal: staff(&[Role::Referrer]), request: Uuid::nil() };
        let console = Console::of(&actor, Section::Referrals, &Kept::default());
        assert_eq!(console.nav.len(), 1);
        assert_eq!(console.who, "Dr Osei, referrer");
    }

    #[test]
    fn a_word_of_success_and_a_refusal_look_different() {
        let message = Some("Sent.".to_owned());
        let success = Kept { message: message.clone(), ..Kept::default() };
        let refused = Kept { message, values: vec![("form".into(), "send".into())], ..Kept::default() };
        assert!(crate::components::render(|| said(&success)).contains("app-notice--success"));
        assert!(crate::components::render(|| said(&refused)).contains("app-notice--warning"));
    }
}
