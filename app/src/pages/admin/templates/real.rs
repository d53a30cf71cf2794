//! A message as it would say something about a referral.

use axum::extract::{Path, State};
use axum::response::Response;
use contract::RealPreview;
use domain::ReferralId;
use leptos::prelude::*;
use service::{ServiceError, admin};

use super::{as_it_arrives, path_of};
use crate::components::{Card, Level, Meaning, Notice, NoticeKind};
use crate::pages::console::{Console, Section, to};
use crate::web::{Alive, Kept, Refused, Staff, Web, page};
use crate::words;

/// Administrators. A look at the referral, which is recorded.
pub(super) async fn show(
    State(web): State<Web>,
    staff: Staff,
    Path((template, language, referral)): Path<(String, String, String)>,
) -> Result<Response, Refused> {
    let id: ReferralId = referral.parse().map_err(|_| Refused(ServiceError::NotFound))?;
    let data = admin::preview_of(&web.desk, &staff.call, &template, Some(&language), id).await?;
    let console = Console::new(&staff, Section::Administration, &Kept::default());
    let title = words::template(data.template.code());
    Ok(page(&web, title, Alive::Plain, move || console.page(title, body(&data))).await)
}

fn body(data: &RealPreview) -> AnyView {
    let version = match (data.version, data.is_draft) {
        (0, _) => "Waymark’s words".to_owned(),
        (version, true) => format!("Version {version}, which waits to be approved"),
        (version, false) => format!("Version {version}"),
    };
    let examples: Vec<String> = data.examples.iter().map(|place| format!("{{{place}}}")).collect();
    let examples = (!examples.is_empty()).then(|| {
        let said = format!(
            "There is no value for {} now, so an example stands there.",
            domain::spoken::list(&examples)
        );
        view! { <p>{said}</p> }
    });
    let other = (data.patient_language != data.language_name).then(|| {
        let title = format!("This patient would get it in {}", data.patient_language);
        view! { <Notice kind=NoticeKind::Info title /> }
    });
    let preview = as_it_arrives(&data.preview);
    view! {
        <div class="app-stack app-stack--loose">
            <p class="app-lead">
                {format!("As it would say it about {}, in {}. Nothing is sent.", data.reference, data.language_name)}
            </p>
            {other}
            <Card title="How it would arrive" level=Level::Two meaning=Meaning::Waiting>
                <p class="app-quiet">{version}</p>
                {examples}
                <p class="app-quiet">"The link is an example and opens nothing."</p>
                {preview}
            </Card>
            <p>
                <a href=to(path_of(data.template.code(), Some(&data.language)))>"Back to the words"</a>
            </p>
        </div>
    }
    .into_any()
}
