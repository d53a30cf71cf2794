//! Colleagues who act in a referrer's name: named, shown, taken back. Administrators keep everybody's.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use contract::{DelegateInput, DelegateLine, DelegateStanding, DelegatesPage};
use leptos::prelude::*;
use service::referrals::{self, Whose};
use tower_sessions::Session;

use crate::components::{
    Button, Card, Column, DataTable, DateField, DateParts, Empty, HiddenField, Level, Look, Meaning, Row,
    SelectField, StatusTag,
};
use crate::pages::console::{Console, Section, choices, id, key, outcome, to};
use crate::web::{Alive, Kept, Refused, Staff, Typed, Web, kept, page};

const OWN: &str = "/referrals/delegates";
const ALL: &str = "/admin/delegates";
const TITLE: &str = "Who acts for whom";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(OWN, get(show_own).post(name_own))
        .route("/referrals/delegates/{id}/end", post(end_own))
        .route(ALL, get(show_all).post(name_any))
        .route("/admin/delegates/{id}/end", post(end_any))
}

fn path(whose: Whose) -> &'static str {
    match whose {
        Whose::Own => OWN,
        Whose::Everybody => ALL,
    }
}

fn section(whose: Whose) -> Section {
    match whose {
        Whose::Own => Section::Referrals,
        Whose::Everybody => Section::Administration,
    }
}

/// Referrers.
async fn show_own(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    show(web, staff, session, Whose::Own).await
}

/// Administrators.
async fn show_all(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    show(web, staff, session, Whose::Everybody).await
}

/// Referrers. Names a colleague who may act in their name.
async fn name_own(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    name(web, staff, session, typed, Whose::Own).await
}

/// Administrators. Names a colleague who may act in a clinician's name.
async fn name_any(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    typed: Typed,
) -> Result<Response, Refused> {
    name(web, staff, session, typed, Whose::Everybody).await
}

/// Referrers. Takes back what they gave.
async fn end_own(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(delegation): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    end(web, staff, session, &delegation, typed, Whose::Own).await
}

/// Administrators. Takes back what anybody gave.
async fn end_any(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path(delegation): Path<String>,
    typed: Typed,
) -> Result<Response, Refused> {
    end(web, staff, session, &delegation, typed, Whose::Everybody).await
}

async fn show(web: Web, staff: Staff, session: Session, whose: Whose) -> Result<Response, Refused> {
    let data = referrals::delegates(&web.desk, &staff.call, whose).await?;
    let (path, section) = (path(whose), section(whose));
    let kept = kept(&session, path).await;
    let console = Console::new(&staff, section, &kept);
    let view = move || console.page(TITLE, body(&data, &kept, path));
    Ok(page(&web, TITLE, Alive::Plain, view).await)
}

async fn name(
    web: Web,
    staff: Staff,
    session: Session,
    typed: Typed,
    whose: Whose,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    let named = referrals::name_delegate(&web.desk, &call, whose, &typed.read::<DelegateInput>()).await;
    outcome(&session, path(whose), &typed, named, "They can write, send and follow referrals in this name.")
        .await
}

async fn end(
    web: Web,
    staff: Staff,
    session: Session,
    delegation: &str,
    typed: Typed,
    whose: Whose,
) -> Result<Response, Refused> {
    let call = staff.keyed(typed.value("key"));
    let ended = referrals::end_delegation(&web.desk, &call, whose, id(delegation)?).await;
    outcome(&session, path(whose), &typed, ended, "Taken back. From now on they can only look.").await
}

fn body(data: &DelegatesPage, kept: &Kept, path: &'static str) -> AnyView {
    let given = match data.given.is_empty() {
        true => view! {
            <Empty title="Nobody is named" level=Level::Three>
                <p>"Colleagues see these referrals, and change nothing."</p>
            </Empty>
        }
        .into_any(),
        false => table("Who was named", &data.given, Some(path)),
    };
    let received = (!data.received.is_empty()).then(|| {
        view! {
            <section class="app-stack app-stack--tight">
                <h2>"In whose name you act"</h2>
                {table("Who named you", &data.received, None)}
            </section>
        }
    });
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">
                "A delegate writes, sends and follows referrals for a clinician. The history names both of them."
            </p>
            <section class="app-stack app-stack--tight">
                <h2>"Delegates"</h2>
                {given}
            </section>
            {received}
            {form(data, kept, path)}
        </div>
    }
    .into_any()
}

fn standing(standing: DelegateStanding) -> (Meaning, &'static str) {
    match standing {
        DelegateStanding::Coming => (Meaning::Waiting, "Not begun yet"),
        DelegateStanding::Counts => (Meaning::Done, "Counts today"),
        DelegateStanding::Over => (Meaning::Stopped, "Over"),
        DelegateStanding::TakenBack => (Meaning::Stopped, "Taken back"),
    }
}

/// `ends`: the list's own address, where what still counts can be taken back.
fn table(caption: &'static str, lines: &[DelegateLine], ends: Option<&'static str>) -> AnyView {
    let rows = lines
        .iter()
        .map(|line| {
            let (meaning, label) = standing(line.standing);
            let open = matches!(line.standing, DelegateStanding::Coming | DelegateStanding::Counts);
            let end = ends.filter(|_| open).map(|path| {
                let about = format!(": {} for {}", line.delegate, line.clinician);
                view! {
                    <form method="post" action=to(format!("{path}/{}/end", line.id))>
                        <HiddenField name="key" value=key() />
                        <button type="submit" class="app-button app-button--link">
                            "Take back" <span class="app-visually-hidden">{about}</span>
                        </button>
                    </form>
                }
            });
            Row::new(vec![
                line.delegate.clone().into_any(),
                line.clinician.clone().into_any(),
                view! {
                    {line.term.clone()}
                    <p class="app-quiet">{line.by.clone()}</p>
                }
                .into_any(),
                view! {
                    <StatusTag meaning label />
                    {end}
                }
                .into_any(),
            ])
        })
        .collect();
    let columns = ["Who acts", "In whose name", "From and until", "How it stands"].map(Column::new).to_vec();
    view! { <DataTable caption columns rows /> }.into_any()
}

fn form(data: &DelegatesPage, kept: &Kept, path: &'static str) -> AnyView {
    if data.colleagues.is_empty() {
        return view! {
            <p>"Nobody else here may refer yet. An administrator gives that role."</p>
        }
        .into_any();
    }
    let day = |field: &str| {
        let part = |part: &str| kept.value(&format!("{field}_{part}"), "");
        DateParts { day: part("day"), month: part("month"), year: part("year") }
    };
    let clinician = (!data.clinicians.is_empty()).then(|| {
        view! {
            <SelectField
                name="clinician"
                label="In whose name?"
                choices=choices(&data.clinicians)
                value=kept.value("clinician", "")
                error=kept.error("clinician")
            />
        }
    });
    let form = view! {
        <form class="app-stack" method="post" action=path>
            <HiddenField name="key" value=key() />
            {clinician}
            <SelectField
                name="person"
                label="Who may act?"
                hint="Colleagues with the role of referrer"
                choices=choices(&data.colleagues)
                value=kept.value("person", "")
                error=kept.error("person")
            />
            <DateField name="from" label="First day" value=day("from") error=kept.error("from") />
            <DateField
                name="until"
                label="Last day"
                hint="At most a year later. You can take it back before"
                value=day("until")
                error=kept.error("until")
            />
            <Button label="Name them" look=Look::Primary />
        </form>
    };
    view! { <Card title="Name a delegate">{form}</Card> }.into_any()
}
