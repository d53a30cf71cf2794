//! Filters that are kept under a name: links above the list, and forms to keep, rename and remove them.

use axum::extract::{Path, State};
use axum::response::Response;
use contract::{SavedView, SavedViewInput, WorklistQuery};
use leptos::prelude::*;
use service::referrals;
use service::referrals::ListSide;
use tower_sessions::Session;

use super::list::List;
use crate::components::{Button, Choice, HiddenField, Look, SelectField, TextField};
use crate::pages::console::{done, key, prefixed, to, with_query};
use crate::web::{Kept, Refused, Staff, Typed, Web, refused_form};

/// The kept filters of a list.
pub fn links(shown: &List) -> AnyView {
    let views = &shown.data.views;
    if views.is_empty() {
        return ().into_any();
    }
    let links: Vec<_> = views
        .iter()
        .map(|view| {
            let here = (view.query == shown.query.kept()).then_some("true");
            let query = WorklistQuery { rows: shown.query.rows.clone(), ..view.query.clone() };
            let shared = view.is_shared.then(|| view! { <span class="app-quiet">" shared"</span> });
            view! {
                <li>
                    <a class="app-view" href=to(address(shown.path, &query)) aria-current=here>
                        {view.name.clone()}
                        {shared}
                    </a>
                </li>
            }
        })
        .collect();
    view! {
        <nav class="app-screen-only" aria-label="Kept views">
            <ul class="app-views">{links}</ul>
        </nav>
    }
    .into_any()
}

/// Keeps the filters of now, unless they are kept already.
pub fn keep(shown: &List) -> AnyView {
    let now = shown.query.kept();
    let is_kept = shown.data.views.iter().any(|view| view.query == now);
    (now != WorklistQuery::default() && !is_kept).then(|| keep_form(shown)).into_any()
}

/// Whether a new name for a kept view was refused.
pub fn is_refused(kept: &Kept) -> bool {
    kept.errors.iter().any(|error| error.field.starts_with("view-") && error.field != "view-name")
}

fn address(path: &str, query: &WorklistQuery) -> String {
    with_query(path, &query.pairs())
}

fn audiences() -> Vec<Choice> {
    vec![Choice::new("own", "I alone"), Choice::new("all", "Everybody of the organisation")]
}

/// Keeps the filters of now. They travel with the form, as they stand in the address.
fn keep_form(shown: &List) -> AnyView {
    let filters: Vec<_> = shown
        .query
        .pairs()
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| view! { <HiddenField name=name value=value /> })
        .collect();
    let error = shown.kept.error("view-name");
    let is_open = error.is_some();
    view! {
        <details class="app-filters app-screen-only" open=is_open>
            <summary class="app-filters__summary">"Keep these filters"</summary>
            <form class="app-filters__form" method="post" action=to("/worklist/views")>
                <HiddenField name="key" value=key() />
                <HiddenField name="list" value=shown.path />
                {filters}
                <div class="app-filters__fields">
                    <TextField
                        name="view-name"
                        label="Name for these filters"
                        value=shown.kept.value("view-name", "")
                        error=error
                    />
                    {shown
                        .data
                        .may_share
                        .then(|| {
                            view! {
                                <SelectField name="view-audience" label="Who uses them" choices=audiences() value="own" />
                            }
                        })}
                </div>
                <div class="app-actions">
                    <Button label="Keep" look=Look::Secondary />
                </div>
            </form>
        </details>
    }
    .into_any()
}

/// Renames and removes what is kept.
pub fn change_forms(shown: &List) -> Option<AnyView> {
    let changeable: Vec<&SavedView> = shown.data.views.iter().filter(|view| view.may_change).collect();
    if changeable.is_empty() {
        return None;
    }
    let forms: Vec<_> = changeable.into_iter().map(|view| change_form(shown, view)).collect();
    let section = view! {
        <section class="app-stack app-screen-only">
            <h2>"Rename or remove views"</h2>
            {forms}
        </section>
    };
    Some(section.into_any())
}

fn change_form(shown: &List, view: &SavedView) -> AnyView {
    let (name, audience) = (format!("view-{}-name", view.id), format!("view-{}-audience", view.id));
    let error = shown.kept.error(&name);
    let value = shown.kept.value(&name, &view.name);
    let now = if view.is_shared { "all" } else { "own" };
    let whose = format!("Who uses “{}”", view.name);
    view! {
        <form class="app-stack app-stack--tight" method="post" action=to(format!("/worklist/views/{}", view.id))>
            <HiddenField name="key" value=key() />
            <HiddenField name="list" value=shown.path />
            <HiddenField name="back" value=address(shown.path, &shown.query.kept()) />
            <div class="app-filters__fields">
                <TextField name=name label=format!("New name for “{}”", view.name) value=value error=error />
                {shown
                    .data
                    .may_share
                    .then(|| view! { <SelectField name=audience label=whose choices=audiences() value=now /> })}
            </div>
            <div class="app-actions">
                <button class="app-button app-button--secondary" name="act" value="rename">
                    "Change" <span class="app-visually-hidden">{format!(" “{}”", view.name)}</span>
                </button>
                <button class="app-button app-button--link" name="act" value="remove">
                    "Remove" <span class="app-visually-hidden">{format!(" “{}”", view.name)}</span>
                </button>
            </div>
        </form>
    }
    .into_any()
}

/// Back to the list as it was, with its filters and page; to nowhere else.
pub fn back<'a>(typed: &'a Typed, path: &'a str) -> &'a str {
    let asked = typed.value("back");
    let is_ours = asked.split('?').next() == Some(path) && asked.bytes().all(|byte| byte.is_ascii_graphic());
    if is_ours { asked } else { path }
}

fn list_of(typed: &Typed) -> (&'static str, ListSide) {
    match typed.value("list") {
        "/referrals" => ("/referrals", ListSide::Referring),
        _ => ("/worklist", ListSide::Receiving),
    }
}

/// Whoever may see the list; for everybody: coordinators.
pub async fn keep_view(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    let (path, side) = list_of(&typed);
    let query: WorklistQuery = typed.read();
    let input = SavedViewInput {
        name: typed.value("view-name").to_owned(),
        audience: typed.value("view-audience").to_owned(),
    };
    let call = staff.keyed(typed.value("key"));
    let kept = referrals::save_view(&web.desk, &call, side, &query, &input).await;
    answer(&session, &address(path, &query.kept()), "view", &typed, kept, "Kept. You find it above the list.")
        .await
}

/// Whoever saved it; a shared one: every coordinator.
pub async fn change(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(id): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    let (path, _) = list_of(&typed);
    let call = staff.keyed(typed.value("key"));
    let form = format!("view-{id}");
    let back = back(&typed, path);
    if typed.value("act") == "remove" {
        let removed = referrals::remove_view(&web.desk, &call, &id).await;
        return answer(&session, back, &form, &typed, removed, "Removed.").await;
    }
    let input = SavedViewInput {
        name: typed.value(&format!("{form}-name")).to_owned(),
        audience: typed.value(&format!("{form}-audience")).to_owned(),
    };
    let renamed = referrals::rename_view(&web.desk, &call, &id, &input).await;
    answer(&session, back, &form, &typed, renamed, "Changed.").await
}

async fn answer(
    session: &Session,
    back: &str,
    form: &str,
    typed: &Typed,
    result: Result<(), service::ServiceError>,
    message: &str,
) -> Result<Response, Refused> {
    match result {
        Ok(()) => done(session, back, message).await,
        Err(error) => Ok(refused_form(session, back, typed, prefixed(form, error)).await),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_the_list_and_nothing_else() {
        let asked = |back: &str| Typed { pairs: vec![("back".into(), back.into())], files: Vec::new() };
        for (said, leads) in [
            ("/worklist?state=accepted&after=1.x", "/worklist?state=accepted&after=1.x"),
            ("/worklist", "/worklist"),
            ("/worklists", "/worklist"),
            ("//elsewhere.example/worklist", "/worklist"),
            ("/worklist?a\r\nb: c", "/worklist"),
            ("", "/worklist"),
        ] {
            assert_eq!(back(&asked(said), "/worklist"), leads, "{said:?}");
        }
    }
}
