//! What was taken out of a text and put into it, for eyes and ears.

use contract::LetterPiece;
use leptos::prelude::*;

/// The whole text with its changes marked.
pub fn marked(pieces: &[LetterPiece]) -> Vec<AnyView> {
    let said = |said: &'static str| view! { <span class="app-visually-hidden">{said}</span> };
    pieces
        .iter()
        .map(|piece| match piece {
            LetterPiece::Same(text) => text.clone().into_any(),
            LetterPiece::Removed(text) => {
                view! { <del class="app-diff__out">{said("[taken out: ")}{text.clone()}{said("] ")}</del> }
                    .into_any()
            }
            LetterPiece::Added(text) => {
                view! { <ins class="app-diff__in">{said("[put in: ")}{text.clone()}{said("] ")}</ins> }
                    .into_any()
            }
        })
        .collect()
}
