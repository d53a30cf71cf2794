//! Setting an organisation up: each step with its state, the next one in front, and an end.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use contract::SetupLine;
use domain::policy::{Capability, may};
use leptos::prelude::*;
use service::admin;
use tower_sessions::Session;

use crate::components::{Card, Level, LinkButton, Look, Meaning, Notice, Progress, StatusTag};
use crate::pages::console::{Console, Section};
use crate::web::{Alive, Refused, Staff, Web, kept, page};
use crate::words;

pub const PATH: &str = "/admin/setup";
/// The step that nobody does here: the first referral comes by itself.
const REFERRAL: &str = "referral";

pub fn routes() -> Router<Web> {
    Router::new().route(PATH, get(show))
}

/// Administrators.
async fn show(State(web): State<Web>, staff: Staff, session: Session) -> Result<Response, Refused> {
    let lines = admin::setup(&web.desk, &staff.call).await?;
    let kept = kept(&session, PATH).await;
    let console = Console::new(&staff, Section::Administration, &kept);
    let title = "Set up the organisation";
    Ok(page(&web, title, Alive::Plain, move || console.page(title, body(&lines))).await)
}

/// Said on pages along the path that do not lead back by themselves, until the first referral has come. For
/// administrators.
pub async fn under_way(web: &Web, staff: &Staff) -> Result<Option<UnderWay>, Refused> {
    if !may(staff.principal(), Capability::Administer) {
        return Ok(None);
    }
    let lines = admin::setup(&web.desk, &staff.call).await?;
    let needed: Vec<_> = lines.iter().filter(|line| !line.is_optional).collect();
    let done = needed.iter().filter(|line| line.is_done).count();
    let is_left = |line: &&&SetupLine| !line.is_done && line.step != REFERRAL;
    let left = match needed.iter().find(is_left) {
        None => Left::Referral,
        Some(_) if needed.iter().filter(is_left).all(|line| line.is_waiting) => Left::Invited,
        Some(_) => Left::Steps,
    };
    Ok((done < needed.len()).then_some(UnderWay { done, all: needed.len(), left }))
}

/// What is left of setting up.
#[derive(Debug, Clone, Copy)]
enum Left {
    Steps,
    /// Those who were invited have not come in yet.
    Invited,
    Referral,
}

/// How many of the steps are done, and what is left.
#[derive(Debug, Clone, Copy)]
pub struct UnderWay {
    done: usize,
    all: usize,
    left: Left,
}

impl UnderWay {
    pub fn notice(self) -> AnyView {
        let title = match self.left {
            Left::Referral => "Setting up is done: the first referral can come".to_owned(),
            Left::Invited => "Setting up: whoever you invited has yet to come in".to_owned(),
            Left::Steps => format!("Setting up: {} of {} steps are done", self.done, self.all),
        };
        view! {
            <Notice title>
                <p>
                    <a href=PATH>"Go on with setting up"</a>
                </p>
            </Notice>
        }
        .into_any()
    }
}

/// Where a step is done. Forms that are reached from here lead back here.
fn address(line: &SetupLine) -> String {
    match line.step.as_str() {
        "organisation" => "/admin/organisation?then=setup".to_owned(),
        "site" => "/admin/sites/new?then=setup".to_owned(),
        "service" => "/admin/services/new?then=setup".to_owned(),
        "form" => match &line.service {
            Some(service) => format!("/admin/services/{service}/rules"),
            None => "/admin/services/new?then=setup".to_owned(),
        },
        "coordinator" | "specialist" => format!("/admin/people/new?role={}&then=setup", line.step),
        "reviewer" => "/admin/organisation?then=setup".to_owned(),
        "sessions" => "/availability".to_owned(),
        "urgency" => "/admin#urgency".to_owned(),
        _ => "/referrals/new".to_owned(),
    }
}

fn body(lines: &[SetupLine]) -> AnyView {
    let needed = lines.iter().filter(|line| !line.is_optional);
    let (all, done) = (needed.clone().count(), needed.filter(|line| line.is_done).count());
    let left = || lines.iter().filter(|line| !line.is_done && !line.is_optional);
    // What waits for somebody else is in front only once nothing else can be done here.
    let here = left().find(|line| !line.is_waiting && line.step != REFERRAL);
    let next = here.or_else(|| left().next());
    let steps: Vec<_> = lines.iter().map(|line| step(line, next)).collect();
    view! {
        <div class="app-stack app-stack--loose">
            <Progress label="Steps done" done=number(done) total=number(all) />
            {match next {
                Some(line) => ahead(line),
                None => end(),
            }}
            <ol class="app-stack">{steps}</ol>
            <p>
                <a href="/admin">"To administration"</a>
                " · "
                <a href="/admin/configuration">"Or load everything from a file"</a>
            </p>
        </div>
    }
    .into_any()
}

/// The step to do next. The first referral is not the administrator's: they are told who sends it.
fn ahead(line: &SetupLine) -> AnyView {
    let (label, why) = words::setup_step(&line.step);
    if line.is_waiting {
        return view! {
            <Card title="Waiting for those you invited" level=Level::Two meaning=Meaning::Waiting>
                <p>
                    "Everything else is there. A referral can come once a coordinator and a specialist have set their "
                    "password. If the mail did not arrive, open the person and send the invitation again."
                </p>
                <LinkButton label="To the people" href="/admin" look=Look::Secondary />
            </Card>
        }
        .into_any();
    }
    if line.step == REFERRAL {
        return view! {
            <Card title="Ready for the first referral" level=Level::Two meaning=Meaning::Done>
                <p>
                    "Everything that a referral needs is there. A practice finds your service under “Begin a referral”. "
                    "The first one ends this list."
                </p>
            </Card>
        }
        .into_any();
    }
    let href = address(line);
    view! {
        <Card title=format!("Next: {label}") level=Level::Two meaning=Meaning::Attention>
            <p>{why}</p>
            <LinkButton label="Do this step" href=href />
        </Card>
    }
    .into_any()
}

fn end() -> AnyView {
    view! {
        <Card title="The organisation is set up" level=Level::Two meaning=Meaning::Done>
            <p>"The first referral has arrived. From here on, the worklist is where the work is."</p>
            <LinkButton label="To administration" href="/admin" look=Look::Secondary />
        </Card>
    }
    .into_any()
}

fn step(line: &SetupLine, next: Option<&SetupLine>) -> AnyView {
    let (label, why) = words::setup_step(&line.step);
    let is_next = next.is_some_and(|next| next.step == line.step);
    let (meaning, state) = match (line.is_done, is_next, line.is_optional) {
        (true, ..) => (Meaning::Done, "Done"),
        _ if line.is_waiting => (Meaning::Waiting, "Invited – waiting for them"),
        (false, true, _) => (Meaning::Attention, "Next"),
        (false, false, true) => (Meaning::Waiting, "If you like"),
        (false, false, false) => (Meaning::Waiting, "To do"),
    };
    let what = match line.step.as_str() {
        REFERRAL => view! { <strong>{label}</strong> }.into_any(),
        _ => view! { <a href=crate::pages::console::to(address(line))>{label}</a> }.into_any(),
    };
    view! {
        <li>
            <p class="app-cluster">{what} <StatusTag meaning label=state /></p>
            <p class="app-quiet">{why}</p>
            {line.has.as_ref().map(|_| view! { <p>"The name is there. Its phone number is not yet."</p> })}
        </li>
    }
    .into_any()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
