//! Two referrals side by side that may be about the same need: what differs is marked, and a person decides.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use contract::{ComparedReferral, LikeLine, LikenessPage, Passage, ReferralPage};
use leptos::prelude::*;
use service::ServiceError;
use service::referrals::{self, Verdict};
use tower_sessions::Session;

use crate::components::{
    Button, Card, Column, DataTable, HiddenField, Level, Look, Meaning, Notice, NoticeKind, Row,
};
use crate::pages::console::{Console, Section, done, id, key, to};
use crate::web::{Alive, Refused, Staff, Typed, Web, kept, page, refused_form};
use crate::words;

pub fn routes() -> Router<Web> {
    Router::new().route("/referrals/{id}/compare/{other}", get(show).post(judge))
}

/// Specialists and coordinators of the receiving side. Both reads are recorded.
async fn show(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((this, other)): Path<(String, String)>,
) -> Result<Response, Refused> {
    let data = referrals::compare_page(&web.desk, &staff.call, id(&this)?, id(&other)?).await?;
    let kept = kept(&session, &address(&data.this.id, &data.other.id)).await;
    let console = Console::new(&staff, Section::Worklist, &kept);
    let title = "Two referrals side by side";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, body(&data))).await)
}

/// Specialists and coordinators of the receiving side.
async fn judge(
    State(web): State<Web>,
    staff: Staff,
    session: Session,
    Path((this, other)): Path<(String, String)>,
    typed: Typed,
) -> Result<Response, Refused> {
    let (verdict, message) = match typed.value("act") {
        "related" => {
            (Verdict::Related, "Linked. Each page names the other; both stay open until somebody ends one.")
        }
        "different" => (Verdict::Different, "Kept apart. They are not shown together again."),
        _ => return Err(ServiceError::NotFound.into()),
    };
    let call = staff.keyed(typed.value("key"));
    let path = address(&this, &other);
    match referrals::judge(&web.desk, &call, id(&this)?, id(&other)?, verdict).await {
        Ok(()) => done(&session, &path, message).await,
        Err(error) => Ok(refused_form(&session, &path, &typed, error).await),
    }
}

fn address(this: &str, other: &str) -> String {
    format!("/referrals/{this}/compare/{other}")
}

/// On a referral's page, before it is decided: what looks like the same need.
pub fn notice(data: &ReferralPage) -> AnyView {
    if data.alike.is_empty() {
        return ().into_any();
    }
    let lines: Vec<_> = data.alike.iter().map(|line| item(data, line)).collect();
    view! {
        <Card title="Perhaps the same need" level=Level::Two meaning=Meaning::Attention>
            <p>"Look at both before you decide. Nothing is held back."</p>
            <ul>{lines}</ul>
        </Card>
    }
    .into_any()
}

fn item(data: &ReferralPage, line: &LikeLine) -> AnyView {
    let (_, label) = words::status_staff(line.state);
    let href = to(address(&data.id, &line.id));
    let worse =
        line.is_worse.then(|| view! { <p><strong>"The later one asks for more urgency."</strong></p> });
    view! {
        <li>
            <a href=href>{format!("Compare with {}", line.reference)}</a>
            <p>{format!("{}, {}, {}, {}", line.service, label, words::priority(line.priority), line.sent)}</p>
            <p class="app-quiet">{format!("Because of {}.", line.reasons.join(", "))}</p>
            {worse}
        </li>
    }
    .into_any()
}

fn body(data: &LikenessPage) -> AnyView {
    let why = match data.reasons.is_empty() {
        true => "Nothing that Waymark compares suggests that these are the same need.".to_owned(),
        false => format!("They look alike because of {}.", data.reasons.join(", ")),
    };
    let worse = data.worse.as_ref().map(|reference| {
        let title = format!("{reference}, the later one, asks for more urgency");
        view! {
            <Notice kind=NoticeKind::Warning title>
                <p>"Triage it as it stands now, even when the earlier one has been decided."</p>
            </Notice>
        }
    });
    let verdict = data.verdict.as_ref().map(|(verdict, who, when)| {
        let what =
            if verdict == "related" { "Linked as the same need" } else { "Judged not to be the same need" };
        view! { <p>{format!("{what} by {who}, {when}.")}</p> }
    });
    view! {
        <p class="app-lead">{why}</p>
        {worse}
        {verdict}
        {facts(data)}
        <div class="app-compare">{letter(&data.this)} {letter(&data.other)}</div>
        {acts(data)}
    }
    .into_any()
}

/// What a row says of one side.
type Told<'a> = &'a dyn Fn(&ComparedReferral) -> String;

fn facts(data: &LikenessPage) -> AnyView {
    let (this, other) = (&data.this, &data.other);
    let unknown = || "not known".to_owned();
    let next = |side: &ComparedReferral| format!("{}, {}", words::next_action(&side.next), side.owner);
    let documents = |side: &ComparedReferral| match side.documents.is_empty() {
        true => "none".to_owned(),
        false => side.documents.join(", "),
    };
    let of: [(&str, Told); 12] = [
        ("Patient", &|side| side.patient.clone()),
        ("Born", &|side| side.birth_date.clone()),
        ("NHS number", &|side| side.nhs_number.as_deref().map_or_else(unknown, words::nhs_number)),
        ("Service", &|side| side.service.clone()),
        ("Status", &|side| words::status_staff(side.state).1.to_owned()),
        ("Priority", &|side| words::priority(side.priority).to_owned()),
        ("Sent", &|side| side.sent.clone()),
        ("Referred by", &|side| side.referrer.clone()),
        ("Next step and owner", &next),
        ("Due", &|side| side.due.clone()),
        ("Documents", &documents),
        ("Letter", &|side| {
            format!(
                "{} words",
                side.letter.iter().map(|piece| piece.text.split_whitespace().count()).sum::<usize>()
            )
        }),
    ];
    let rows = of
        .iter()
        .map(|(name, of)| {
            let (left, right) = (of(this), of(other));
            let differs = (left != right).then(|| view! { <p class="app-differs">"differs"</p> });
            let name = view! {
                {*name}
                {differs}
            };
            Row::new(vec![name.into_any(), left.into_any(), right.into_any()])
        })
        .collect();
    let columns = ["What", this.reference.as_str(), other.reference.as_str()].map(Column::new).to_vec();
    view! { <DataTable caption="What is the same and what differs" columns rows /> }.into_any()
}

fn letter(side: &ComparedReferral) -> AnyView {
    let piece = |piece: &Passage| match piece.is_unlike {
        true => view! { <mark>{piece.text.clone()}</mark> }.into_any(),
        false => piece.text.clone().into_any(),
    };
    let pieces: Vec<_> = side.letter.iter().map(piece).collect();
    view! {
        <section class="app-stack app-stack--tight">
            <h2>{format!("Letter of {}", side.reference)}</h2>
            <p class="app-quiet">"Marked: words that the other letter does not have"</p>
            <div class="app-letter">{pieces}</div>
            <p class="app-screen-only">
                <a href=to(format!("/referrals/{}#acts", side.id))>
                    {format!("Go to {} to decide, withdraw or enter it in error", side.reference)}
                </a>
            </p>
        </section>
    }
    .into_any()
}

fn acts(data: &LikenessPage) -> AnyView {
    view! {
        <form
            class="app-actions app-screen-only"
            method="post"
            action=to(address(&data.this.id, &data.other.id))
        >
            <HiddenField name="key" value=key() />
            <Button label="The same need: link them" look=Look::Secondary name="act" value="related" />
            <Button label="Not the same need" look=Look::Secondary name="act" value="different" />
        </form>
    }
    .into_any()
}
